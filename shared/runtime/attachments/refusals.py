"""What is answered about attachments. Why a file is not taken: a stable word per reason, in both languages."""

from shared.kernel.errors import LinliError, TooManyRequests


class LinkInvalid(LinliError):
    status, code = 403, "link_invalid"
    zh = "下载链接无效，或不是发给您的。请重新获取。"
    en = "This link is not valid, or it was made for somebody else. Ask for a new one."


class LinkExpired(LinliError):
    status, code = 403, "link_expired"
    zh = "下载链接已过期，请重新获取。"
    en = "This link has expired. Ask for a new one."


class AttachmentsFull(LinliError):
    status, code = 409, "attachments_full"
    zh = "这件诉求的附件已达上限（{files} 个，共 {megabytes} MB）。"
    en = "This appeal holds as many attachments as it may: {files} of them, {megabytes} MB together."


class AttachmentRefused(LinliError):
    """`reason` is stable: `type_not_allowed`, `heic`, `too_many_pixels`, …"""

    status, code = 422, "attachment_refused"
    zh = "文件未被接收：{why_zh}。"
    en = "The file was not taken: {why_en}."


class UnknownAttachment(LinliError):
    status, code = 422, "unknown_attachment"
    zh = "这件诉求没有编号为“{attachment}”的附件。"
    en = "This appeal has no attachment {attachment}."


class UploadsUsedUp(TooManyRequests):
    code = "uploads_used_up"
    zh = "今天上传的文件已达 {megabytes} MB 的上限，请明天再传。"
    en = "You have uploaded {megabytes} MB today, which is the limit. It starts again at midnight."


class FormExpected(LinliError):
    status, code = 415, "form_expected"
    zh = "请以 multipart/form-data 提交文件。"
    en = "Send the file as multipart/form-data."


_REASONS = {
    "empty": ("文件为空", "it is empty"),
    "type_not_allowed": (
        "只接收 JPEG、PNG、WebP 图片和 PDF（按文件内容判断，不看扩展名）",
        "only JPEG, PNG, WebP and PDF are, by what is in the file and not by its name",
    ),
    "heic": (
        "不支持 HEIC/AVIF，请在手机相机设置中选择“兼容性最佳”，或以 JPEG 格式发送",
        "HEIC and AVIF are not supported: send it as JPEG (iPhone: Settings, Camera, Formats, Most Compatible)",
    ),
    "too_many_pixels": ("图片像素过多", "the image has too many pixels"),
    "animated": ("不接收动图，请发送静态图片", "it is animated: send a still image"),
    "damaged": ("文件已损坏或不完整", "it is damaged or cut off"),
    "too_expensive": ("文件过于复杂，无法处理", "it takes too much time or memory to open"),
    "mixed": ("文件中混有其他类型的内容", "it holds a file of another type as well"),
    "active": ("PDF 中含有脚本、附件或可执行动作", "the PDF holds scripts, embedded files or actions"),
    "encrypted": ("PDF 已加密，请发送未加密的文件", "the PDF is encrypted: send it without a password"),
    "too_large": ("文件过大", "it is too large"),
    "changed": ("文件与其摘要（sha256）不符", "it does not match its digest (sha256)"),
}


def refused(reason: str) -> AttachmentRefused:
    """The error for a reason."""
    zh, en = _REASONS[reason]
    return AttachmentRefused(reason=reason, why_zh=zh, why_en=en)
