//! The codes of problems, each with its status, its OAuth error and its title.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident, $error:expr, $title:literal;)*) => {
        /// The machine-readable code of a problem, its member `code`. The meaning of a code never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(
            clippy::enum_variant_names,
            reason = "a variant is named as its text"
        )]
        pub(crate) enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Returns the status at a JSON endpoint. The token endpoint may use another (RFC 6749 §5.2).
            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Returns whether problems with this code can have that status.
            pub(crate) fn can_have(self, status: u16) -> bool {
                let is_of_proof = matches!(self, Self::InvalidDpopProof | Self::UseDpopNonce);
                self.status() == status || (is_of_proof && status == StatusCode::UNAUTHORIZED)
            }

            /// Returns the corresponding OAuth `error` (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1).
            pub(super) const fn oauth_error(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => $error,)*
                }
            }

            /// Returns the title, which a problem may replace by a more precise one.
            pub(super) const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

const ACCESS_DENIED: Option<&str> = Some("access_denied");
const INVALID_REQUEST: Option<&str> = Some("invalid_request");
const UNAVAILABLE: Option<&str> = Some("temporarily_unavailable");

codes! {
    // 400
    MalformedJson = "malformed_json", BAD_REQUEST, INVALID_REQUEST,
        "The body must be a single JSON object.";
    UnreadableBody = "unreadable_body", BAD_REQUEST, INVALID_REQUEST,
        "The body could not be read.";
    UnknownClient = "unknown_client", BAD_REQUEST, Some("invalid_client"),
        "No client with this client_id is configured.";
    ClientIdRequired = "client_id_required", BAD_REQUEST, INVALID_REQUEST,
        "The client_id is required: not exactly one public client is configured.";
    InvalidScope = "invalid_scope", BAD_REQUEST, Some("invalid_scope"),
        "The requested scope exceeds the granted scope.";
    InvalidLink = "invalid_link", BAD_REQUEST, ACCESS_DENIED,
        "The link or the code is wrong, has expired, has been used or was replaced. Request a new one.";
    OpenedElsewhere = "opened_elsewhere", BAD_REQUEST, ACCESS_DENIED,
        "The link works only in the app or browser that requested it. Open it there or request a new one.";
    InvalidContinuation = "invalid_continuation", BAD_REQUEST, INVALID_REQUEST,
        "This login has expired, has ended or was started in another browser. Log in again.";
    InvalidEnrolment = "invalid_enrolment", BAD_REQUEST, INVALID_REQUEST,
        "The enrolment has expired or belongs to another session. Start again.";
    InvalidLogin = "invalid_login", BAD_REQUEST, INVALID_REQUEST,
        "This login has expired, is already finished or was started in another browser.";
    InvalidRegistration = "invalid_registration", BAD_REQUEST, INVALID_REQUEST,
        "The challenge has expired or belongs to another session, or the passkey could not be verified. Start again.";
    InvalidRedirectUri = "invalid_redirect_uri", BAD_REQUEST, INVALID_REQUEST,
        "The redirect_uri is missing or not registered for this client.";
    InvalidCode = "invalid_code", BAD_REQUEST, INVALID_REQUEST,
        "The authorization code is invalid, expired or already used.";
    InvalidRequest = "invalid_request", BAD_REQUEST, INVALID_REQUEST,
        "The request is invalid.";
    UnsupportedGrantType = "unsupported_grant_type", BAD_REQUEST, Some("unsupported_grant_type"),
        "The token endpoint does not support this grant_type.";
    DuplicateCookie = "duplicate_cookie", BAD_REQUEST, INVALID_REQUEST,
        "A cookie of this service occurs twice in the request.";
    /// At an endpoint that takes an access token, the status is 401.
    InvalidDpopProof = "invalid_dpop_proof", BAD_REQUEST, Some("invalid_dpop_proof"),
        "The DPoP proof is missing or invalid.";
    /// At an endpoint that takes an access token, the status is 401.
    UseDpopNonce = "use_dpop_nonce", BAD_REQUEST, Some("use_dpop_nonce"),
        "The DPoP proof needs the nonce in DPoP-Nonce. Make a new proof with it and send the request again.";
    // 401
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, ACCESS_DENIED,
        "Incorrect email or password.";
    SecondFactorRequired = "second_factor_required", UNAUTHORIZED, ACCESS_DENIED,
        "The login needs a second factor. Send it with the continuation to /login/second-factor.";
    InvalidSecondFactor = "invalid_second_factor", UNAUTHORIZED, ACCESS_DENIED,
        "The code is wrong or has been used.";
    InvalidPasskey = "invalid_passkey", UNAUTHORIZED, ACCESS_DENIED,
        "The passkey could not be verified, or the challenge has expired or was used. Get a new challenge.";
    InsufficientUserAuthentication = "insufficient_user_authentication", UNAUTHORIZED,
        Some("insufficient_user_authentication"),
        "This request requires a recent login. Log in again.";
    InvalidGrant = "invalid_grant", UNAUTHORIZED, Some("invalid_grant"),
        "The refresh token is invalid, expired or revoked. Log in again.";
    InvalidToken = "invalid_token", UNAUTHORIZED, Some("invalid_token"),
        "The access token is invalid, expired or revoked.";
    MissingToken = "missing_token", UNAUTHORIZED, None,
        "The request has no access token in the Authorization header or in the client's cookies.";
    InvalidTarget = "invalid_target", BAD_REQUEST, Some("invalid_target"),
        "The client may not obtain a token for this resource or audience.";
    UnauthorizedClient = "unauthorized_client", BAD_REQUEST, Some("unauthorized_client"),
        "The client may not use this grant: its configuration does not list it.";
    InvalidClient = "invalid_client", UNAUTHORIZED, Some("invalid_client"),
        "Client authentication failed: the credentials are missing, wrong, or sent by another method than configured.";
    InvalidIdToken = "invalid_id_token", UNAUTHORIZED, ACCESS_DENIED,
        "The ID token or the provider's response could not be verified.";
    // 403
    NotAllowed = "not_allowed", FORBIDDEN, Some("insufficient_scope"),
        "The policy does not admit this user or client.";
    InsufficientScope = "insufficient_scope", FORBIDDEN, Some("insufficient_scope"),
        "The access token lacks a scope that this endpoint needs.";
    AdminRequired = "admin_required", FORBIDDEN, Some("insufficient_scope"),
        "This endpoint requires the admin role.";
    WrongPassword = "wrong_password", FORBIDDEN, ACCESS_DENIED,
        "The current password is incorrect.";
    WrongCode = "wrong_code", FORBIDDEN, ACCESS_DENIED,
        "The code is wrong. Enter the code that the app shows now.";
    ForeignOrigin = "foreign_origin", FORBIDDEN, ACCESS_DENIED,
        "This origin is not allowed for the client. Allowed origins are set in `clients.origins`.";
    // 404
    UnknownPolicy = "unknown_policy", NOT_FOUND, None,
        "No policy with this name is configured.";
    UnknownUser = "unknown_user", NOT_FOUND, None,
        "This user does not exist.";
    UnknownAccount = "unknown_account", NOT_FOUND, None,
        "This account does not exist.";
    UnknownFactor = "unknown_factor", NOT_FOUND, None,
        "The user does not have this second factor.";
    UnknownProvider = "unknown_provider", NOT_FOUND, None,
        "No provider with this ID is configured.";
    NotFound = "not_found", NOT_FOUND, None,
        "This route does not exist.";
    // 405 to 415
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, None,
        "This route does not support the method.";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, INVALID_REQUEST,
        "The body was not received in time.";
    OwnRecord = "own_record", CONFLICT, INVALID_REQUEST,
        "Admins cannot disable, demote or delete their own account.";
    AddressTaken = "address_taken", CONFLICT, INVALID_REQUEST,
        "A user with this email already exists.";
    AccountTaken = "account_taken", CONFLICT, INVALID_REQUEST,
        "This provider account is linked to another user.";
    NotUnlinkable = "not_unlinkable", CONFLICT, INVALID_REQUEST,
        "Only accounts of external providers can be unlinked.";
    LastWayIn = "last_way_in", CONFLICT, INVALID_REQUEST,
        "This is the last login method of the account and cannot be removed.";
    TotpExists = "totp_exists", CONFLICT, INVALID_REQUEST,
        "The user has an authenticator app already. Remove it first.";
    NoSecondFactor = "no_second_factor", CONFLICT, INVALID_REQUEST,
        "Recovery codes need another second factor. Set up an authenticator app first.";
    PasskeyExists = "passkey_exists", CONFLICT, INVALID_REQUEST,
        "This passkey is registered already.";
    TooManyPasskeys = "too_many_passkeys", CONFLICT, INVALID_REQUEST,
        "The user has ten passkeys. Remove one first.";
    AddressRequired = "address_required", CONFLICT, INVALID_REQUEST,
        "The provider supplied no verified email. Log in through /authorize, which asks for one.";
    LogInAndLink = "log_in_and_link", CONFLICT, INVALID_REQUEST,
        "A user with this email already exists. Log in with an existing method, then link this account.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, INVALID_REQUEST,
        "The body is too large.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST,
        "The Content-Type must be application/json.";
    // 422
    MissingField = "missing_field", UNPROCESSABLE_ENTITY, INVALID_REQUEST,
        "A required field is missing.";
    UnknownField = "unknown_field", UNPROCESSABLE_ENTITY, INVALID_REQUEST,
        "The request has an unknown field.";
    InvalidField = "invalid_field", UNPROCESSABLE_ENTITY, INVALID_REQUEST,
        "A field is invalid.";
    WeakPassword = "weak_password", UNPROCESSABLE_ENTITY, INVALID_REQUEST,
        "The password does not meet the password policy.";
    // 429 and internal errors
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, UNAVAILABLE,
        "Too many attempts. Try again after the time in Retry-After.";
    InternalError = "internal_error", INTERNAL_SERVER_ERROR, Some("server_error"),
        "The request failed because of an internal error.";
    MailNotConfigured = "mail_not_configured", NOT_IMPLEMENTED, Some("server_error"),
        "This service sends no emails.";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, UNAVAILABLE,
        "The service is overloaded. Try again later.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, UNAVAILABLE,
        "The service is temporarily unavailable. Try again later.";
    ProviderUnavailable = "provider_unavailable", SERVICE_UNAVAILABLE, UNAVAILABLE,
        "The provider is not responding. Try again later.";
    Stopping = "stopping", SERVICE_UNAVAILABLE, None,
        "The service is shutting down.";
}
