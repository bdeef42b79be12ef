"""Everything that can go wrong, once: each error is a class with its HTTP status, its stable code and one sentence
per language. Rules raise them by name; `shared.runtime.web.problems` is the only place that renders them (RFC 9457).
"""

from typing import Any, ClassVar


class LinliError(Exception):
    """A refusal that the caller can read and act on. `fields` fill the sentences and travel in the answer."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    zh: ClassVar[str] = "系统内部错误，请稍后再试。"
    en: ClassVar[str] = "Something went wrong on our side. Please try again later."

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - whatever the sentence needs
        self.fields = fields
        super().__init__(self.sentence("en"))

    def sentence(self, language: str) -> str:
        """The sentence in `zh` or `en`, with its fields filled in."""
        return (self.zh if language == "zh" else self.en).format(**self.fields)


class Wrong(ValueError):
    """What a validator of ours refuses, in both languages: Pydantic makes it one of an Invalid's `errors`."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        super().__init__(en)


# --- who is calling (401) ------------------------------------------------------------------------------------------


class Unauthenticated(LinliError):
    status, code = 401, "unauthenticated"
    zh = "请先登录。"
    en = "Sign in first: send the header `Authorization: Bearer <access token>`."


class TokenExpired(LinliError):
    status, code = 401, "token_expired"
    zh = "登录已过期，请重新登录。"
    en = "The access token has expired. Get a new one with the refresh token or sign in again."


class TokenInvalid(LinliError):
    status, code = 401, "token_invalid"
    zh = "登录凭证无效，请重新登录。"
    en = "The access token is not valid here."


class SessionEnded(LinliError):
    status, code = 401, "session_ended"
    zh = "这次登录已经结束，请重新登录。"
    en = "This session has ended: signed out, or ended by its owner or an administrator. Sign in again."


class CredentialsWrong(LinliError):
    status, code = 401, "credentials_wrong"
    zh = "手机号或密码不正确。"
    en = "The phone number or the password is wrong."


class SignatureMissing(LinliError):
    status, code = 401, "signature_missing"
    zh = "缺少签名：需要 webhook-id、webhook-timestamp、webhook-signature 三个请求头。"
    en = "Not signed: the headers webhook-id, webhook-timestamp and webhook-signature are required."


class SignatureInvalid(LinliError):
    status, code = 401, "signature_invalid"
    zh = "签名不正确。"
    en = "The signature does not match this body and secret."


class SignatureStale(LinliError):
    status, code = 401, "signature_stale"
    zh = "签名时间与服务器时间相差超过五分钟，请校准时钟后重发。"
    en = "The webhook-timestamp is more than five minutes away from this server's clock. Check the clock and resend."


# --- what the caller may do (403, 404) -----------------------------------------------------------------------------


class Forbidden(LinliError):
    status, code = 403, "forbidden"
    zh = "您没有办理这项操作的权限。"
    en = "Your posts do not allow this."


class NotYourMove(LinliError):
    status, code = 403, "not_your_move"
    zh = "“{move_zh}”应由{parties_zh}办理。"
    en = "The move {move!r} belongs to: {parties}."


class NotFound(LinliError):
    """Also what lies outside the caller's scope: the answer must not tell that it exists."""

    status, code = 404, "not_found"
    zh = "没有找到，或不在您的管理范围内。"
    en = "Not found, or outside your scope."


class UnknownMove(LinliError):
    status, code = 404, "unknown_move"
    zh = "流程“{workflow}”没有“{move}”这一步操作。"
    en = "The workflow {workflow!r} has no move {move!r}."


class PlaceGone(LinliError):
    """A place that was merged, split or closed; only for those to whom it was shown while it was there."""

    status, code = 410, "place_gone"
    zh = "“{place}”已于 {on} {how_zh}，现编码：{now_zh}。"
    en = "{place!r} was {how_en} on {on}. What lies there now: {now_en}."


class MethodNotAllowed(LinliError):
    status, code = 405, "method_not_allowed"
    zh = "此地址不支持该请求方法。"
    en = "This address does not take this method."


# --- what is true right now (409, 412, 428) ------------------------------------------------------------------------


class Conflict(LinliError):
    status, code = 409, "conflict"
    zh = "刚刚有人改动过，请刷新后再试。"
    en = "Somebody changed this at the same moment. Read it again and retry."


class MoveNotOpen(LinliError):
    status, code = 409, "move_not_open"
    zh = "当前在“{step_zh}”环节，不能办理“{move_zh}”。现在可以办理：{open_zh}。"
    en = "The move {move!r} is not open at the step {step!r} now. Open now: {open}."


class RequestInProgress(LinliError):
    status, code = 409, "request_in_progress"
    zh = "同一件事正在办理，请稍等片刻再试。"
    en = "The same thing is being worked on right now, by a twin of this request or somebody else. Retry in a moment."


class Full(LinliError):
    status, code = 409, "full"
    zh = "名额已满。"
    en = "No places are left."


class SignUpClosed(LinliError):
    status, code = 409, "sign_up_closed"
    zh = "现在不能报名：活动未开放报名，或不在报名时间内。"
    en = "Sign-up is not open now: the activity is not open, or this is outside its sign-up window."


class CapacityTooLow(LinliError):
    status, code = 409, "capacity_too_low"
    zh = "已有 {taken} 个名额被占用，名额不能改为 {capacity}。"
    en = "{taken} seats are taken; the capacity cannot become {capacity}."


class CheckInCodeWrong(LinliError):
    status, code = 403, "check_in_code_wrong"
    zh = "签到码不正确或已失效，请扫描活动现场的签到码。"
    en = "The check-in code is wrong or no longer valid. Scan the code shown at the activity."


class AlreadyDone(LinliError):
    status, code = 409, "already_done"
    zh = "{what_zh}"
    en = "{what_en}"


class NobodyResponsible(LinliError):
    status, code = 409, "nobody_responsible"
    zh = "“{place}”目前没有人负责“{category}”，请先在组织架构中安排，或指定岗位交办。"
    en = "Nobody holds a post that answers for {category!r} at {place!r} now. Appoint somebody or name a post."


class NobodyAbove(LinliError):
    status, code = 409, "nobody_above"
    zh = "已经是责任链的最上一级，不能再上报。"
    en = "This is the last link of the chain of responsibility: there is nobody further up."


class PreconditionFailed(LinliError):
    status, code = 412, "precondition_failed"
    zh = "您看到的内容已不是最新（If-Match 不符），请刷新后再办理。"
    en = "If-Match does not match the current ETag: it changed since you read it. Read it again."


# --- what was sent (400, 408, 413, 414, 415, 422, 431) ----------------------------------------------------------------


class BadRequest(LinliError):
    status, code = 400, "bad_request"
    zh = "请求格式不正确。"
    en = "The request cannot be read."


class IdempotencyKeyMissing(LinliError):
    status, code = 400, "idempotency_key_missing"
    zh = "缺少请求头 Idempotency-Key：请为每次提交生成一个新的 UUID，重试时保持不变。"
    en = "The header Idempotency-Key is required: a new UUID for every submission, the same one when you retry."


class IdempotencyKeyInvalid(LinliError):
    status, code = 400, "idempotency_key_invalid"
    zh = "Idempotency-Key 应为 8 到 128 个可见 ASCII 字符。"
    en = "Idempotency-Key must be 8 to 128 visible ASCII characters."


class CursorInvalid(LinliError):
    status, code = 400, "cursor_invalid"
    zh = "翻页标记无效，请从第一页重新开始。"
    en = "The cursor is not one of ours. Start again without it."


class BodyTooLarge(LinliError):
    status, code = 413, "body_too_large"
    zh = "提交内容过大，上限为 {limit} 字节。"
    en = "The body is larger than {limit} bytes."


class MediaTypeUnsupported(LinliError):
    status, code = 415, "media_type_unsupported"
    zh = "请以 application/json 提交。"
    en = "Send the body as application/json."


class Invalid(LinliError):
    """A payload that breaks its schema; `errors` lists where and why."""

    status, code = 422, "invalid"
    zh = "提交内容有误，请按提示修改后重新提交。"
    en = "The content is not valid. `errors` says where and why."


class IdempotencyKeyReused(LinliError):
    status, code = 422, "idempotency_key_reused"
    zh = "这个 Idempotency-Key 已用于另一份内容，请换一个新的。"
    en = "This Idempotency-Key was used for another request. Use a new one for a new request."


class UnknownPlace(LinliError):
    status, code = 422, "unknown_place"
    zh = "没有编号为“{place}”的地点。"
    en = "There is no place with the code {place!r}."


class UnknownCategory(LinliError):
    status, code = 422, "unknown_category"
    zh = "没有编号为“{category}”的诉求类别，可填的类别见 GET /api/tickets/v1/categories。"
    en = "There is no category with the code {category!r}; GET /api/tickets/v1/categories lists them."


class UnknownAppeal(LinliError):
    status, code = 422, "unknown_appeal"
    zh = "没有编号为“{number}”的诉求可并入。"
    en = "There is no appeal {number!r} to merge into."


class UnknownPost(LinliError):
    status, code = 422, "unknown_post"
    zh = "岗位“{post}”不在这件诉求的责任链上。责任链：{chain}。"
    en = "The post {post!r} is not in this appeal's chain of responsibility: {chain}."


class UnknownDistrict(LinliError):
    status, code = 422, "unknown_district"
    zh = "没有编号为“{district}”的区县。"
    en = "There is no district {district!r} here."


class TooManyRequests(LinliError):
    status, code = 429, "too_many_requests"
    zh = "操作太频繁，请 {retry_after} 秒后再试。"
    en = "Too many requests. Try again in {retry_after} seconds."


# --- what is out of order on our side (503) ------------------------------------------------------------------------


class Unavailable(LinliError):
    """A part we depend on is gone; nothing was lost that was answered with 2xx."""

    status, code = 503, "unavailable"
    zh = "系统暂时无法服务，请稍后用同一请求重试，不会重复受理。"
    en = "Temporarily unavailable. Retry with the same Idempotency-Key: nothing will be done twice."


class Overloaded(LinliError):
    status, code = 503, "overloaded"
    zh = "当前办理人数较多，请稍后再试。"
    en = "Overloaded at the moment. Retry after the time in Retry-After."
