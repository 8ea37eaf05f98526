//! HTTP: every route and every layer, in order, on one screen.

mod cookie;
mod cors;
mod document;
mod extract;
mod media_type;
mod oauth_error;
mod observe;
mod openapi;
mod origin_log;
mod page;
mod problem;
mod refusal;
mod routes;
mod server;
mod site;
mod stopped;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{
        HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware,
};
use tower_http::catch_panic::CatchPanicLayer;

use self::problem::Problem;
pub use self::{openapi::openapi, server::serve};
use crate::app::App;

/// Where `/metrics` is: elsewhere than the service itself, unless nobody else can reach that.
fn shows_metrics(app: &App) -> bool {
    app.config.metrics.listen.is_none() && app.config.is_loopback()
}

/// What an operator's own address answers: metrics and probes, nothing else.
pub fn operators_router(app: App) -> Router {
    let routes = Router::new()
        .merge(routes::metrics::router())
        .merge(routes::health::router());
    dressed(routes, app)
}

/// The whole service as one router.
pub fn router(app: App) -> Router {
    let issuer_path = app.config.issuer.path().to_owned();
    let cookies = app.config.clients.with_cookies().map(|_| {
        let state = app.clone();
        middleware::from_fn_with_state(state, cookie::transport)
    });
    let cookies = tower::util::option_layer(cookies);
    // Where people are sent, and no script calls: nothing of this is shared with another origin.
    let pages = Router::new()
        .merge(routes::authorize::router())
        .merge(routes::callback::router())
        .merge(routes::address::router())
        .layer((
            CatchPanicLayer::custom(problem::of_panic),
            cookies.clone(),
            middleware::from_fn_with_state(app.clone(), stopped::shown),
            DefaultBodyLimit::max(app.config.http.max_body),
        ));

    // What apps ask for, and people on pages of ours: the same routes. The origins that may call them
    // may read those pages too, which hold nothing of anybody's.
    let forms = Router::new()
        .merge(routes::sign_up::router())
        .merge(routes::login_link::router())
        .merge(routes::password_reset::router())
        .merge(routes::email::router())
        .layer(middleware::from_fn_with_state(app.clone(), stopped::shown));

    let admin = if app.config.admin.is_enabled {
        routes::admin::router()
    } else {
        Router::new()
    };

    let routes = Router::new()
        .merge(forms)
        .merge(routes::login::router())
        .merge(routes::refresh::router())
        .merge(routes::native::router())
        .merge(routes::token::router())
        .merge(routes::logout::router())
        .merge(routes::session::router())
        .merge(routes::me::router())
        .merge(routes::accounts::router())
        .merge(routes::password::router())
        .merge(routes::providers::router(&app))
        .merge(admin)
        .method_not_allowed_fallback(method_not_allowed)
        .layer((
            cors::layer(&app),
            CatchPanicLayer::custom(problem::of_panic),
            cookies,
            DefaultBodyLimit::max(app.config.http.max_body),
        ))
        .merge(pages)
        .merge(routes::jwks::router(&app))
        .merge(routes::metadata::router(&app));
    let routes = match issuer_path.as_str() {
        "" => routes,
        path => Router::new()
            .nest(path, routes)
            .merge(routes::metadata::path_insert_router(&app)),
    };
    let routes = routes
        .merge(routes::health::router())
        .merge(routes::openapi::router(&app));
    let routes = if shows_metrics(&app) {
        routes.merge(routes::metrics::router())
    } else {
        routes
    };
    dressed(routes, app)
}

/// Routes with all that is true of every answer, whatever the route.
fn dressed(routes: Router<App>, app: App) -> Router {
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
    let routes = routes
        .fallback(|| async {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "This route does not \
                                                                               exist.",
            )
        })
        .method_not_allowed_fallback(method_not_allowed);
    let presets = presets.into_iter().chain(hsts).collect();
    observe::observed(routes, &app, presets).with_state(app)
}

async fn method_not_allowed() -> Problem {
    let title = "This route does not support the method.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title)
}
