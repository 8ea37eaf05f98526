//! The names of the service and of its clients on hosted pages, and their images: logos, and the icon of browser tabs.

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use crate::{
    app::App,
    branding::{Logo, LogoFormat},
    cached_document::CachedDocument,
    client::AuthorizationRequest,
    config::LOGIN_RETURN,
    http::{
        cached_document::{MAX_AGE, conditional, kept_for},
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
    pages::{
        login_flow::LoginFlow,
        view::{ClientView, DisplayText},
    },
};

pub(crate) use crate::pages::view::{CLIENT_LOGO_PATH, ICON_PATH, LOGO_PATH};

/// The icon of a service without a logo.
const DEFAULT_ICON: &str = include_str!("view/mark.svg");

/// The policy of an image that is opened as a page: an SVG runs no script and loads nothing.
const IMAGE_POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

impl LoginFlow {
    /// Returns the client of a request as pages show it. A login for a protected application shows the host of the
    /// application: the user does not know the client with cookies.
    pub(crate) fn client_view(&self, request: &AuthorizationRequest) -> ClientView {
        let state = request.state.as_deref();
        let is_for_application = request.redirect_uri == self.issuer().endpoint(LOGIN_RETURN);
        let state = state.filter(|_| is_for_application);
        if let Some(host) = state.and_then(|state| self.policies.host_of_state(state)) {
            return ClientView::named(DisplayText::of(&host));
        }
        match self.sessions.clients().get(&request.client_id) {
            Some(client) => ClientView::of(client, self.issuer()),
            None => ClientView::named(DisplayText::of(&request.client_id)),
        }
    }

    /// Returns the name of the service, or its host.
    pub(crate) fn service_name(&self) -> DisplayText {
        DisplayText::of(self.templates.name(self.issuer().host()))
    }
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(LOGO_PATH, "Get the logo of the service.")
        .tag("page")
        .answers_image("The logo.")
        .fails(&[404]);
    api.get(CLIENT_LOGO_PATH, "Get the logo of a client.")
        .tag("page")
        .answers_image("The logo.")
        .fails(&[404]);
    api.get(ICON_PATH, "Get the icon of browser tabs.")
        .tag("page")
        .answers_image("The logo of the service, or else a neutral mark.");
}

/// Serves the icon.
pub(crate) fn icon(app: &App) -> MethodRouter<App> {
    let default_icon = || (LogoFormat::Svg, CachedDocument::new(DEFAULT_ICON));
    let logo = app.config.pages.logo.as_ref();
    let (format, document) =
        logo.map_or_else(default_icon, |logo| (logo.format, logo.document.clone()));
    get(async move |request: Request| image(&request, format, &document))
}

/// Serves the logo of the service.
pub(crate) async fn logo(State(app): State<App>, request: Request) -> Response {
    logo_response(app.config.pages.logo.as_ref(), &request)
}

/// Serves the logo of a client.
pub(crate) async fn client_logo(
    State(app): State<App>,
    client_id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let client = client_id.ok();
    let client = client.and_then(|Path(id)| app.sessions.clients().get(&id));
    logo_response(
        client.and_then(|client| client.branding.logo.as_ref()),
        &request,
    )
}

fn logo_response(logo: Option<&Logo>, request: &Request) -> Response {
    match logo {
        Some(logo) => image(request, logo.format, &logo.document),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

fn image(request: &Request, format: LogoFormat, document: &CachedDocument) -> Response {
    let mut response = conditional(request.headers(), document, &kept_for(MAX_AGE));
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if !is_unchanged {
        let media_type = HeaderValue::from_static(format.media_type());
        headers.insert(CONTENT_TYPE, media_type);
    }
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(IMAGE_POLICY),
    );
    response
}
