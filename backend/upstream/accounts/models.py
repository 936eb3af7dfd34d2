"""Organizations, people, their ways of signing in, memberships, invitations, sessions and service keys."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from upstream.accounts.roles import Role
from upstream.core.models import BaseModel, Job, OrganizationForeignKey, OrganizationModel
from upstream.phi.fields import PhiTextField


class Organization(BaseModel):
    """The tenant: a clinic or a group of clinics."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    is_demo = models.BooleanField(default=False)
    # Null while no owner has decided: then REAL_DATA_MODE does (`accounts.policy`).
    second_factor_required = models.BooleanField(null=True)

    def __str__(self) -> str:
        return self.slug


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str, name: str = "", **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), name=name, **fields)
        user.set_password(password)
        user.save(force_insert=True)
        return user


class User(BaseModel, AbstractBaseUser):
    """A person, who signs in by e-mail and may belong to several organizations."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    # Since when a password alone does not sign in: they have an authenticator app or a passkey. Null without both.
    second_factor_since = models.DateTimeField(null=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower")]

    def __str__(self) -> str:
        return str(self.pk)


class SecondFactor(BaseModel):
    """A person's authenticator app; it is being set up until `confirmed_at` is set."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    secret = PhiTextField()
    confirmed_at = models.DateTimeField(null=True)
    # The last of the 30-second steps whose code was used: that one and those before it count no more.
    last_step = models.BigIntegerField(default=0)
    # Codes tried since `tried_since` without a right one among them.
    tries = models.PositiveSmallIntegerField(default=0)
    tried_since = models.DateTimeField(null=True)


class RecoveryCode(BaseModel):
    """Counts once, in the place of the second factor. Drawn at random, so that its digest tells nothing of it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_of_user_once")]


class Passkey(BaseModel):
    """A key pair on a person's device, which asks for finger, face or PIN before it signs; here is its public half."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    # Base64url of what WebAuthn lets be up to 1023 bytes long.
    credential_id = models.CharField(max_length=1364, unique=True)
    public_key = models.BinaryField()
    # How often it signed, as it says; many never count.
    sign_count = models.BigIntegerField(default=0)
    # How it can be reached (usb, nfc, internal, …): browsers ask the right device first.
    transports = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True)


class PasskeyPurpose(models.TextChoices):
    ADD = "ADD"
    SIGN_IN = "SIGN_IN"
    CONFIRM = "CONFIRM"


class PasskeyChallenge(BaseModel):
    """What a passkey has to sign; the row goes with the first answer."""

    value = models.CharField(max_length=43, unique=True)
    purpose = models.CharField(max_length=10, choices=PasskeyPurpose)
    # Whose passkey has to answer; null where it is to tell who signs in.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)


class SingleSignOnAttempt(BaseModel):
    """Somebody was sent to the identity provider; the row goes with the first that comes back."""

    state_digest = models.CharField(max_length=64, unique=True)
    # Of what a cookie of the browser holds that was sent: no other browser may come back.
    browser_digest = models.CharField(max_length=64)
    nonce = models.CharField(max_length=43)
    code_verifier = models.CharField(max_length=86)
    # Whether they have to show the provider anew who they are.
    anew = models.BooleanField()
    expires_at = models.DateTimeField(db_index=True)


class SingleSignOnLink(BaseModel):
    """Who a person is to an identity provider, whatever becomes of the address."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="single_sign_on_subject_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="single_sign_on_user_once"),
        ]


class Membership(OrganizationModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Invitation(OrganizationModel):
    """Somebody is asked to join. The link's token is drawn when the mail is sent; only its digest is kept."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role)
    # Empty until the first mail.
    token_digest = models.CharField(max_length=64, default="", blank=True)
    job = OrganizationForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_lower"),
        ]
        indexes = [models.Index(fields=["token_digest"], name="invitation_by_token")]


class ClientKind(models.TextChoices):
    BROWSER = "BROWSER"
    BEARER = "BEARER"


class Session(OrganizationModel):
    """A signed-in device. The refresh secret is stored hashed and changes at each use; an old one ends the session."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    client = models.CharField(max_length=10, choices=ClientKind)
    secret_digest = models.CharField(max_length=64)
    previous_digest = models.CharField(max_length=64, default="", blank=True)
    rotated_at = models.DateTimeField()
    idle_expires_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=40, default="", blank=True)
    # When the person last showed who they are: what weighs most asks for it anew (`Actor.require_confirmed`).
    confirmed_at = models.DateTimeField(null=True)
    # Whether the identity provider says that it asked for more than a password.
    provided_second_factor = models.BooleanField(default=False)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["user", "revoked_at"], name="session_of_user")]


class ServiceKey(OrganizationModel):
    """A machine's way in. Of the key only its beginning, which names it, and the digest of its secret are kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    secret_digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="service_key_newest")]
