"""Which responsibilities an appeal's category asks for, and the rights role of an organisation's link. Pure."""

from shared.kernel.rights import Role

_ROLES = {"department": Role.DEPARTMENT, "street_office": Role.DEPARTMENT, "partner": Role.PARTNER,
          "property_company": Role.PARTNER, "social_organisation": Role.PARTNER}  # fmt: skip


def asked_for(category: str) -> list[str]:
    """What a responsibility may name to answer for the category: everything, its top category, itself."""
    return ["*", *sorted({category[:2], category})]


def role_of(organisation_kind: str) -> Role:
    """The role in which an organisation without a contact of its own answers."""
    return _ROLES.get(organisation_kind, Role.POST_HOLDER)
