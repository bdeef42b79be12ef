"""What a refusal says to people: in Chinese as well as in English, and what to do."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, model_validator

from shared.kernel.errors import Forbidden, TooManyRequests, Wrong
from shared.kernel.rights import Permission
from shared.runtime.web.problems import in_full, invalid
from shared.schemas.base import Body, Code, Line, Phone
from shared.schemas.personal import IdNumber


class Weather(StrEnum):
    SUN = "sun"
    RAIN = "rain"
    SNOW = "snow"


class Form(BaseModel):
    weather: Weather = Weather.SUN
    phone: Phone = "10000000001"
    id_number: IdNumber | None = None
    place: Code = "C1"
    title: Line = "x"
    amount: Annotated[int, Field(ge=2, multiple_of=2)] = 2

    @model_validator(mode="after")
    def _no_snow(self) -> Self:
        if self.weather is Weather.SNOW:
            raise Wrong("这里不下雪", "it does not snow here")
        return self


class Part(Body):
    seats: Annotated[int, Field(ge=1, description="席位")] = 1


class Numbers(Body):
    count: Annotated[int, Field(ge=0, le=9)] | None = None
    share: float = 0
    days: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    told: dict[str, str | int | float | bool] = {}
    on: date | None = None
    by: UUID | None = None
    weather: Weather = Weather.SUN
    public: bool = False


@pytest.mark.parametrize("wrong", [True, False, "5", "", "x"])
@pytest.mark.parametrize(
    ("at", "said", "kind"),
    [
        ("/count", lambda wrong: {"count": wrong}, "int_type"),
        ("/share", lambda wrong: {"share": wrong}, "float_type"),
        ("/days/1", lambda wrong: {"days": [1, wrong]}, "int_type"),
        ("/parts/0/seats", lambda wrong: {"parts": [{"seats": wrong}]}, "int_type"),
    ],
)
def test_a_number_is_no_text_and_not_true(at: str, said: Any, kind: str, wrong: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        Numbers.model_validate(said(wrong))
    [found] = invalid(RequestValidationError(raised.value.errors(include_url=False))).fields["errors"]
    assert (found["at"], found["kind"], found["zh"]) == (at, kind, "应为整数" if kind == "int_type" else "应为数字")


def test_what_json_has_for_numbers_days_and_ids_is_taken() -> None:
    given = {"count": 5.0, "share": 1, "days": [1, 2], "parts": [{"seats": 3}], "told": {"a": True, "b": "5", "c": 5},
             "on": "2026-11-22", "by": "00000000-0000-7000-8000-000000000001", "weather": "rain",
             "public": "true"}  # fmt: skip
    read = Numbers.model_validate(given)
    assert (read.count, read.share, read.days, read.parts[0].seats, read.told) == (5, 1.0, (1, 2), 3, given["told"])
    assert (read.on, read.weather, read.public) == (date(2026, 11, 22), Weather.RAIN, True)
    schema = Numbers.model_json_schema()
    assert schema["properties"]["count"]["anyOf"][0] == {"type": "integer", "minimum": 0, "maximum": 9}
    assert schema["$defs"]["Part"]["properties"]["seats"]["description"] == "席位"


@pytest.mark.parametrize(
    ("sent", "at", "zh"),
    [
        ({"weather": "snow"}, "/body", "这里不下雪"),
        ({"weather": "fog"}, "/body/weather", "只能是：sun、rain、snow"),
        ({"phone": "110"}, "/body/phone", "请填 11 位手机号"),
        ({"id_number": "1" * 18}, "/body/id_number", "不是有效的身份证号：出生日期或校验位不对"),
        ({"id_number": "1"}, "/body/id_number", "请填 18 位身份证号"),
        ({"place": "../x"}, "/body/place", "只能用字母、数字、“-”和“_”，最多 64 位"),
        ({"title": "两\n行"}, "/body/title", "不能换行，也不能有无法显示的字符"),
        ({"amount": 0}, "/body/amount", "不能小于 2"),
        ({"amount": 3}, "/body/amount", "应为 2 的倍数"),
    ],
)
def test_a_field_says_in_chinese_what_is_wrong(sent: dict[str, Any], at: str, zh: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(sent)
    found = [{**item, "loc": ("body", *item["loc"])} for item in caught.value.errors(include_url=False)]
    (error,) = invalid(RequestValidationError(found)).fields["errors"]
    assert (error["at"], error["zh"]) == (at, zh)
    assert not error["en"].startswith("Value error")


def test_who_may_not_learns_what_is_missing_and_who_helps() -> None:
    said = in_full(Forbidden(permission=Permission.VISITS_RECORD.value), "zh")
    assert said == "您没有办理这项操作的权限。需要的权限：登记走访。如需办理，请联系社区工作人员。"
    assert in_full(Forbidden(), "zh") == "您没有办理这项操作的权限。"
    assert in_full(Forbidden(permission="visits.record"), "en") == "Your posts do not allow this."


def test_who_must_wait_learns_how_long() -> None:
    assert in_full(TooManyRequests(retry_after=57), "zh") == "操作太频繁，请 57 秒后再试。"
