//! Every route and every layer of the service.

mod account;
mod openapi_document;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware,
    routing::{any, get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use self::account::{account, account_pages, admin, admin_pages, passkeys};
pub use self::openapi_document::openapi;
use crate::{
    api,
    app::App,
    config::LOGIN_RETURN,
    http::{
        ServedRoutes, completion, cookie, cors,
        json_or_form::json_or_form,
        problem::{self, Code, Problem},
        request_log,
    },
    pages::{self, error_page},
};

/// The routes of the service: everything that is served at `listen`.
pub fn router(app: App) -> Router {
    let issuer_path = app.config.issuer.path().to_owned();
    let cookies = middleware::from_fn_with_state(app.clone(), cookie::transport);
    let error_pages = middleware::from_fn_with_state(app.clone(), error_page::render_error_pages);
    // Browsers are sent to these routes. No script of an app calls them, so they allow no other origin: the pages of the
    // account hold the data and the changes that an app has no token for.
    let navigated = login_flow()
        .merge(account_pages(&app))
        .merge(admin_pages(&app))
        .method_not_allowed_fallback(method_not_allowed)
        .layer((
            CatchPanicLayer::custom(problem::panic_response),
            cookies.clone(),
            error_pages.clone(),
            DefaultBodyLimit::max(app.config.http.max_body),
        ));
    let routes = json_and_forms()
        .layer(error_pages)
        .merge(json())
        .route(api::providers::PATH, api::providers::handler(&app))
        .merge(images(&app))
        .route(pages::home::PATH, get(pages::home::home))
        .merge(admin(&app))
        .merge(passkeys(&app))
        .method_not_allowed_fallback(method_not_allowed)
        .layer((
            cors::layer(&app),
            CatchPanicLayer::custom(problem::panic_response),
            cookies,
            DefaultBodyLimit::max(app.config.http.max_body),
        ))
        .merge(navigated)
        .route(api::jwks::PATH, api::jwks::handler(&app))
        .merge(client_script(&app));
    let routes = metadata(routes, &app, "");
    let routes = match issuer_path.as_str() {
        "" => routes,
        path => {
            // `nest` serves the page of the service at the path without a slash only.
            let with_slash = format!("{path}{}", pages::home::PATH);
            let routes = Router::new().nest(path, routes);
            let routes = routes.route(&with_slash, get(pages::home::home));
            metadata(routes, &app, path)
        }
    };
    let routes = routes
        .merge(health())
        .route(
            pages::home::CHANGE_PASSWORD_PATH,
            get(pages::home::change_password),
        )
        .route(openapi_document::PATH, openapi_document::handler(&app));
    let routes = if app.config.passkeys.rp_id().is_some() {
        use api::passkeys::related_origins::{PATH, handler};
        routes.route(PATH, handler(&app))
    } else {
        routes
    };
    let routes = if shows_metrics(&app) {
        routes.merge(metrics())
    } else {
        routes
    };
    with_common_layers(with_fallbacks(routes), app)
}

/// The routes at `metrics.listen`: metrics and probes.
pub fn operators_router(app: App) -> Router {
    with_common_layers(with_fallbacks(metrics().merge(health())), app)
}

/// The routes at `listen`, and the answer to requests beyond the limit.
pub fn served_routes(app: &App) -> ServedRoutes {
    ServedRoutes {
        routes: router(app.clone()),
        overloaded: overloaded(app.clone()),
    }
}

/// The routes at `metrics.listen`, and the answer to requests beyond the limit.
pub fn operators_served_routes(app: &App) -> ServedRoutes {
    ServedRoutes {
        routes: operators_router(app.clone()),
        overloaded: overloaded(app.clone()),
    }
}

/// Answers every request with the problem of a service at its limit of concurrent requests.
fn overloaded(app: App) -> Router {
    let routes = Router::new().fallback(async || Problem::crowded());
    with_common_layers(routes, app)
}

/// Serves `/metrics` at `listen` only where no other machine can reach that address.
fn shows_metrics(app: &App) -> bool {
    app.config.metrics.listen.is_none() && app.config.is_loopback()
}

/// The authorization endpoint and the login by a provider.
fn login_flow() -> Router<App> {
    Router::new()
        .route(
            "/authorize",
            get(pages::authorize::authorize).post(pages::login::log_in),
        )
        .route("/login/{provider}", get(pages::authorize::short_form))
        .route(LOGIN_RETURN, get(pages::login_return::login_return))
        .merge(forward_auth())
        .merge(completed(login_flow_changes()))
}

/// The decisions for proxies, in front of which other applications answer with their own CORS headers.
fn forward_auth() -> Router<App> {
    let handler = || any(api::forward_auth::forward_auth);
    let [root, below] = api::forward_auth::PATHS_WITH_ORIGINAL;
    Router::new()
        .route(api::forward_auth::PATH, handler())
        .route(root, handler())
        .route(below, handler())
}

/// The routes of the login by a provider that create or link an account, and the logout.
fn login_flow_changes() -> Router<App> {
    Router::new()
        .route(
            "/callback/{provider}",
            get(pages::provider_callback::by_query)
                .head(pages::provider_callback::no_login)
                .post(pages::provider_callback::by_form),
        )
        .route(
            "/end-session",
            get(pages::end_session::by_query)
                .head(pages::end_session::no_logout)
                .post(pages::end_session::by_form),
        )
        .route(
            "/login/{provider}/address",
            post(pages::provider_email::address),
        )
        .route(
            "/login/{provider}/confirm",
            get(pages::provider_email::finish).post(pages::provider_email::confirm),
        )
}

/// Routes that take JSON from apps, and the forms of Signet's own pages.
fn json_and_forms() -> Router<App> {
    Router::new()
        .route(
            "/signup",
            get(pages::sign_up::empty_page).post(json_or_form(
                api::sign_up::sign_up,
                pages::sign_up::ask_to_sign_up,
            )),
        )
        .route(
            "/login",
            get(pages::login_at_issuer::page).post(json_or_form(
                api::login::login,
                pages::login_at_issuer::submit,
            )),
        )
        .route("/login/link", post(api::login_link::ask))
        .route(
            "/password/forgot",
            get(pages::reset_password::forgot_page).post(json_or_form(
                api::password_reset::forgot,
                pages::reset_password::ask_for_reset,
            )),
        )
        .route("/email", post(api::email::change))
        .merge(completed(mailed_links()))
        .merge(completed(second_factor()))
}

/// The second step of logins, which spends a code, and the step in which a passkey is added.
fn second_factor() -> Router<App> {
    let json = api::second_factor::complete;
    let form = pages::second_factor::complete;
    Router::new()
        .route("/login/second-factor", post(json_or_form(json, form)))
        .route("/login/new-passkey", post(pages::passkey_offer::submit))
}

/// The routes that mailed links lead to.
fn mailed_links() -> Router<App> {
    Router::new()
        .route(
            "/signup/confirm",
            get(pages::sign_up::choose_page).post(json_or_form(
                api::sign_up::confirm,
                pages::sign_up::choose_password,
            )),
        )
        .route(
            "/login/link/confirm",
            get(pages::login_link::link_page).post(json_or_form(
                api::login_link::confirm,
                pages::login_link::log_in_by_link,
            )),
        )
        .route(
            "/password/reset",
            get(pages::reset_password::reset_page).post(json_or_form(
                api::password_reset::reset,
                pages::reset_password::set_password,
            )),
        )
        .route(
            "/email/confirm",
            get(pages::confirm_email::email_page).post(json_or_form(
                api::email::confirm,
                pages::confirm_email::confirm_email,
            )),
        )
}

/// The icon and the logos of hosted pages.
fn images(app: &App) -> Router<App> {
    Router::new()
        .route(pages::branding::ICON_PATH, pages::branding::icon(app))
        .route(pages::branding::LOGO_PATH, get(pages::branding::logo))
        .route(
            pages::branding::CLIENT_LOGO_PATH,
            get(pages::branding::client_logo),
        )
}

/// The client for browsers. Every origin may load it, so it is outside the layer of CORS.
fn client_script(app: &App) -> Router<App> {
    use api::client_script::{PATH, TYPES_PATH, VERSION_PATH, script, types, version};
    Router::new()
        .route(PATH, script(app))
        .route(TYPES_PATH, types())
        .route(VERSION_PATH, version())
}

/// Routes that take and answer JSON.
fn json() -> Router<App> {
    Router::new()
        .route("/login/{provider}/challenge", post(api::native::challenge))
        .route("/refresh", post(api::refresh::refresh))
        .route("/token", post(api::token::token))
        .route(
            "/userinfo",
            get(api::userinfo::get).post(api::userinfo::post),
        )
        .route("/logout", post(api::logout::logout))
        .route("/session", get(api::session::session))
        .merge(completed(account()))
}

/// Completes requests of these routes whose client hangs up.
fn completed(routes: Router<App>) -> Router<App> {
    routes.route_layer(middleware::from_fn(completion::complete))
}

/// Adds both discovery documents, with the path of the issuer behind the well-known part.
fn metadata(routes: Router<App>, app: &App, issuer_path: &str) -> Router<App> {
    let handler = api::metadata::handler(app);
    let paths = api::metadata::paths(issuer_path);
    paths
        .iter()
        .fold(routes, |routes, path| routes.route(path, handler.clone()))
}

fn health() -> Router<App> {
    Router::new()
        .route("/livez", get(api::health::livez))
        .route("/readyz", get(api::health::readyz))
}

fn metrics() -> Router<App> {
    Router::new().route("/metrics", get(api::metrics::metrics))
}

/// Answers requests for unknown routes and methods.
fn with_fallbacks(routes: Router<App>) -> Router<App> {
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// Adds the layers and headers of every response.
fn with_common_layers(routes: Router<App>, app: App) -> Router {
    let preset = |name, value: &'static str| (name, HeaderValue::from_static(value));
    // Only over https: elsewhere browsers ignore it anyway (RFC 6797 §8.1).
    let hsts = preset(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    let hsts = app.config.issuer.is_https().then_some(hsts);
    let presets = [
        preset(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        preset(REFERRER_POLICY, "no-referrer"),
        preset(X_CONTENT_TYPE_OPTIONS, "nosniff"),
        preset(CACHE_CONTROL, "no-store"),
    ];
    let presets = presets.into_iter().chain(hsts).collect();
    let render = error_page::render_problem;
    request_log::with_request_log(routes, &app, presets, render).with_state(app)
}

async fn not_found() -> Problem {
    Problem::new(Code::NotFound)
}

async fn method_not_allowed() -> Problem {
    Problem::new(Code::MethodNotAllowed)
}
