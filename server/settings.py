"""Every setting of the server, read from environment variables that start with `XERODIARY_`."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from diary_app.core.errors import Code, XerodiaryError
from server.proxies import usable
from server.settings_words import faults, unknown

PREFIX = "XERODIARY_"


class SettingInvalid(XerodiaryError):
    """One or more settings cannot be used as they are."""


class Settings(BaseSettings):
    """How one server runs; everything has a default that suits a try-out on one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", validate_default=True, env_ignore_empty=True)

    var_folder: Path = Field(
        default=Path("var"),
        description="Folder for what the server makes itself: the SQLite file, its secret, written-out messages.",
    )
    database_url: str = Field(
        default_factory=lambda known: f"sqlite:///{known['var_folder']}/xerodiary.sqlite",
        pattern=r"^(sqlite|postgresql(\+psycopg)?)://",
        repr=False,  # may hold a password
        description="Where the data is: sqlite:///path or postgresql://user:password@host/name. "
        "Default: xerodiary.sqlite in the var folder.",
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL only: the role that owns the tables, used for migrations alone. "
        "The role of the database URL then may add facts but never change them.",
    )
    guarded_otherwise: str = Field(
        default="",
        pattern=r"^((database|mail|sms|proxy)(,(database|mail|sms|proxy))*)?$",
        description="Ways to other machines that something else guards, such as a tunnel, with commas between: "
        "database, mail, sms, proxy. Default: none, and the server does not start with a way in the clear, or with "
        "PostgreSQL on another machine without sslmode=verify-full.",
    )
    study: str = Field(
        default="mesrix-more",
        pattern=r"^[a-z0-9-]{1,40}$",
        description="Which of the studies that come with Xerodiary is run.",
    )
    study_file: Path | None = Field(
        default=None, description="A study file of your own, instead of one that comes along."
    )
    licence_folder: Path | None = Field(
        default=None,
        description="Folder with the licence and wording files of questionnaires that are not ours. "
        "Needed only when the study uses one; it belongs into no repository.",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Key for the hashes of one-time codes, at least 32 characters. "
        "Default: made at the first start and kept in the var folder, readable by the owner only.",
    )
    former_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="The key before, for as long as codes and second factors that were made with it are to be taken. "
        "Default: what is in secret.former in the var folder, if anything.",
    )
    sealing_key_file: Path | None = Field(
        default=None,
        description="Private key that opens what locked phones send; the same file on every server of a study. "
        "Default: sealing.key in the var folder, made at the first start. Back it up.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^/\s]+$",
        description="The address under which phones and staff reach the server, beginning with https:// (or "
        "http:// for a try-out) and without a path; links start with it.",
    )
    web_folder: Path | None = Field(
        default=None, description="Folder of the built web app. Default: the one in the package, else build/web."
    )
    https_only: bool = Field(
        default=False,
        description="Cookies are sent over https only and browsers insist on it. Set it wherever participants are.",
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=240, description="Staff are logged out after so many minutes without a request."
    )
    session_longest_hours: int = Field(
        default=12, ge=1, le=24, description="Staff are logged out so many hours after logging in, busy or not."
    )
    second_factor: Literal["off", "optional", "required"] = Field(
        default_factory=lambda known: "required" if known.get("https_only") else "optional",
        description="Whether staff show a code of an authenticator app after their password: required, optional for "
        "each, or off, which asks nobody, not even those who have one. "
        "Default: required with XERODIARY_HTTPS_ONLY, else optional.",
    )
    push_hosts: str = Field(
        default="",
        pattern=r"^(\*?[a-z0-9.-]+(:\d+)?(,\*?[a-z0-9.-]+(:\d+)?)*)?$",
        description="Push services that may carry reminders to browsers, with commas between: for the usual ones "
        "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com. "
        "Default: none, so no reminders are pushed.",
    )
    push_key_file: Path | None = Field(
        default=None,
        description="Private key by which push services know this server; the same file on every server of a study. "
        "Default: push.key in the var folder, made at the first start.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port that the server listens on.")
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=5,
        description="How many reverse proxies of yours stand before the server and add to X-Forwarded-For.",
    )
    proxy_addresses: Annotated[str, AfterValidator(usable)] = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of those proxies, with commas between; from anybody else X-Forwarded-For "
        "is not believed. * believes whoever reaches the port.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged: debug, info, warning or error."
    )
    quarantine_limit: int = Field(
        default=2000,
        ge=10,
        le=100_000,
        description="Records per phone that are kept aside when they cannot be accepted.",
    )
    export_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many processes write a large export at the same time; each needs 100 MB and more. "
        "Default: 0, as many as the machine has processor cores, at most 4. 1: the server's own alone.",
    )
    enrol_tries_per_hour: int = Field(
        default=20, ge=1, le=10_000, description="Wrong enrolment codes that one address may try in an hour."
    )
    alarm_refused_per_hour: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="From so many refused log-ins, or tried enrolment codes, in an hour on an alert is raised, "
        "where it is unusual as well.",
    )
    alarm_refused_times: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Unusual is an hour with so many times as many of them as the hours of the week before.",
    )
    alarm_wrong_tries: int = Field(
        default=10,
        ge=3,
        le=1000,
        description="From so many wrong passwords in an hour, or wrong codes of the second step in a day, on whoever "
        "has the account is told.",
    )
    smtp_host: str | None = Field(
        default=None, description="Mail server that sends reminders; without one there are none by e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the way to the mail server is protected: starttls, tls from the first byte, or none.",
    )
    smtp_user: str | None = Field(default=None, description="Log-in at the mail server, where it asks for one.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_sender: str = Field(
        default="reminder@localhost.localdomain",
        pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,189}$",
        description="Address that reminders come from; it must say nothing of health or the study.",
    )
    sms_url: SecretStr | None = Field(
        default=None,
        description="Apprise URL of the gateway for text messages, with {number} (or {digits}, without its +) where "
        "the participant's number goes.",
    )
    message_timeout_seconds: int = Field(
        default=10, ge=1, le=60, description="How long a mail server or gateway is waited for."
    )
    outbox: bool = Field(
        default=False,
        description="Messages are written into the folder outbox in the var folder and sent to nobody.",
    )
    overview_hour: int = Field(
        default=7,
        ge=0,
        le=23,
        description="From that hour, by the clock of the site, those who look after it are mailed an overview.",
    )
    code_valid_days: int = Field(default=14, ge=1, le=90, description="Days until an unused enrolment code expires.")
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Bearer token for /metrics and /house, at least 16 characters. "
        "Default: both answer only to the machine itself.",
    )
    backup_folder: Path | None = Field(
        default=None,
        description="Folder for a verified backup every night, best on another disk. Default: none is made by itself.",
    )
    backup_hour: int = Field(
        default=2, ge=0, le=23, description="From which hour on it is made, by the clock of the study's first site."
    )
    backup_keep_days: int = Field(
        default=30,
        ge=1,
        le=3660,
        description="Backups older than so many days are deleted, never the newest so many, nor the newest three.",
    )

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _is_an_address(cls, given: str | SecretStr | None) -> str | SecretStr | None:
        address = given.get_secret_value() if isinstance(given, SecretStr) else given
        try:
            if address:
                make_url(address)
        except (ValueError, ArgumentError):  # whose words may hold a part of the password
            raise ValueError(
                "this cannot be read as the address of a database; is the port a number? "
                "In a user or password write : as %3A, / as %2F, @ as %40 and % as %25"
            ) from None
        return given


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, some given outright. Raises `SettingInvalid` naming every variable at fault."""
    strange = unknown(os.environ, Settings.model_fields, PREFIX)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise _invalid(f"{faults(error, Settings.model_fields, PREFIX)} {strange}".rstrip()) from error
    if strange:
        raise _invalid(strange)
    return settings


def _invalid(what: str) -> SettingInvalid:
    return SettingInvalid(
        Code.SETTING_INVALID, what, "Correct or remove it; docs/settings.md lists every setting and what it accepts."
    )
