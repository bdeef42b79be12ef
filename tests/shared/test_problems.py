"""What a refusal says to people: in Chinese as well as in English, and what to do."""

from enum import StrEnum
from typing import Annotated, Any, Self

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError, model_validator

from shared.kernel.errors import Forbidden, TooManyRequests, Wrong
from shared.kernel.rights import Permission
from shared.runtime.web.problems import in_full, invalid
from shared.schemas.base import Code, Line, Phone
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
