//! One route with a handler for JSON and a handler for the form of a page.

use axum::{extract::Request, handler::Handler};
use futures_util::future;

use crate::{app::App, http::extract::media_type};

/// Calls one handler for the form of a page, and another for every other body.
#[derive(Clone)]
pub(crate) struct JsonOrForm<J, F> {
    json: J,
    form: F,
}

pub(crate) fn json_or_form<J, F>(json: J, form: F) -> JsonOrForm<J, F> {
    JsonOrForm { json, form }
}

impl<J, F, Ja, Fa> Handler<(Ja, Fa), App> for JsonOrForm<J, F>
where
    J: Handler<Ja, App>,
    F: Handler<Fa, App>,
{
    type Future = future::Either<J::Future, F::Future>;

    fn call(self, request: Request, app: App) -> Self::Future {
        if media_type::is(request.headers(), "application/x-www-form-urlencoded") {
            future::Either::Right(self.form.call(request, app))
        } else {
            future::Either::Left(self.json.call(request, app))
        }
    }
}
