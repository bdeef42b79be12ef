"""What code further down must know about the code around it, as context variables: each task sees its own."""

from contextvars import ContextVar

# Set by the unit of work while its transaction is open; `clients` refuses to call out while it is true.
in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
