"""What signing in can be refused for, each with its stable code and a sentence per language. Pure."""

from shared.kernel.errors import LinliError


class CodeWrong(LinliError):
    """One answer for a wrong, an old, a used and a never-made code, and for a number that nobody has."""

    status, code = 401, "code_wrong"
    zh = "验证码不正确或已失效，请重新获取。"
    en = "The code is wrong or no longer valid. Ask for a new one."


class SecondFactorRequired(LinliError):
    status, code = 401, "second_factor_required"
    zh = "请输入动态验证码（身份验证器），或一个恢复码。"
    en = "A second factor is needed: send `totp` from the authenticator, or one `recovery` code."


class SecondFactorWrong(LinliError):
    status, code = 401, "second_factor_wrong"
    zh = "动态验证码或恢复码不正确，或已使用过。"
    en = "The authenticator's code or the recovery code is wrong, or was used before."


class EnrolmentRequired(LinliError):
    """Carries `enrolment_token`, with which nothing can be done but to set up the second factor."""

    status, code = 401, "second_factor_enrolment_required"
    zh = "您的岗位须启用双因素认证：请用 enrolment_token 在 {expires_in} 秒内完成设置。"
    en = "Your role needs a second factor: set it up with the `enrolment_token` within {expires_in} seconds."


class EnrolmentTokenInvalid(LinliError):
    status, code = 401, "enrolment_token_invalid"
    zh = "设置凭证无效或已过期，请重新用密码登录。"
    en = "The enrolment token is not valid or has expired. Sign in with the password again."


class PasswordNeeded(LinliError):
    status, code = 403, "password_needed"
    zh = "您的岗位须用密码和动态验证码登录。"
    en = "Your role needs a second factor, which is set up after signing in with the password."


class NotConfirmed(LinliError):
    """403 and not 401: the caller is signed in, and signing in again would change nothing."""

    status, code = 403, "not_confirmed"
    zh = "当前密码或验证码不正确。"
    en = "The present password or the code is wrong."


class WechatCodeInvalid(LinliError):
    status, code = 401, "wechat_code_invalid"
    zh = "微信登录凭证无效或已使用，请重新调用 wx.login。"
    en = "The WeChat code is not valid or was used. Call wx.login again."


class WechatUnbound(LinliError):
    status, code = 401, "wechat_unbound"
    zh = "此微信尚未绑定，请先用手机号登录，再绑定微信（POST /me/wechat）。"
    en = "This WeChat account is bound to nobody. Sign in by phone first and bind it: POST /me/wechat."


class WechatTaken(LinliError):
    status, code = 409, "wechat_taken"
    zh = "此微信已绑定其他人，请先在原账号解除绑定。"
    en = "This WeChat account is bound to somebody else. It must be unbound there first."


class PhoneTaken(LinliError):
    status, code = 409, "phone_taken"
    zh = "此手机号已登记在其他人名下，请联系社区工作人员。"
    en = "This number is on record for somebody else. Ask the community's staff."


class NothingPending(LinliError):
    status, code = 409, "nothing_pending"
    zh = "没有待确认的双因素认证设置，请重新开始设置。"
    en = "There is no second factor waiting to be confirmed. Begin again."


class NotSetUp(LinliError):
    status, code = 501, "not_set_up"
    zh = "本系统未开通{what_zh}。"
    en = "{what_en} is not set up on this system."


class CodesPaused(LinliError):
    status, code = 503, "codes_paused"
    zh = "今日短信发送量已达上限，短信登录暂停，请改用其他方式登录。"
    en = "Today's text messages are used up; codes are paused. Sign in another way."
