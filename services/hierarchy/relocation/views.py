"""What clients see of a place that took another one in."""

from pydantic import Field

from services.hierarchy.places.views import PlaceView
from services.hierarchy.structures.views import Breach

SHOWN = 100


class MergedPlace(PlaceView):
    """The place that took another one in."""

    breaches: list[Breach] = Field(
        description=f"What the structure in force finds amiss at the place and below it now (合并后须处理), the first "
        f"{SHOWN}: posts that are there too often, spans that became too large. Empty where no structure holds."
    )
