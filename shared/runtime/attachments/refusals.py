"""Why a file is not taken: a stable word per reason, with its sentence in both languages."""

from shared.kernel.errors import AttachmentRefused

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
