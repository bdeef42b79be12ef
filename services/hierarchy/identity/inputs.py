"""What signing in takes. Pure."""

from typing import Annotated

from pydantic import Field, SecretStr

from shared.schemas.base import Body, District, Phone


class SignIn(Body):
    """A staff member's or resident's phone number and password, in one district."""

    district: District
    phone: Phone
    password: Annotated[SecretStr, Field(min_length=1, max_length=200, description="Password (密码).")]
