"""What code further down must know about the code around it, as context variables: each task sees its own."""

from contextvars import ContextVar

from shared.kernel.rights import Principal

# Set by the unit of work while its transaction is open; `clients` refuses to call out while it is true.
in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
# Who the unit of work at hand belongs to, for what is refused further up, where the work has ended.
acting: ContextVar[Principal | None] = ContextVar("acting", default=None)
