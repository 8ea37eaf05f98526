//! `/admin/…`: administration, by admins who have logged in recently. Served if `admin.enabled` is set.

mod configuration;
mod events;
mod keys;
mod status;
mod users;

pub(crate) use self::{
    configuration::{clients, providers},
    events::events,
    keys::keys,
    status::status,
    users::{create, delete, list, log_out, role, set_active, show},
};
use crate::http::openapi::OpenApiBuilder;

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    users::describe(api);
    keys::describe(api);
    configuration::describe(api);
    status::describe(api);
    events::describe(api);
}
