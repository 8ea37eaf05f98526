//! The node that answers, as the administration API and its pages show it to admins.

mod configuration;
mod keys;
mod status;

pub(crate) use self::{
    configuration::{ClientList, ProviderList},
    keys::{KeyList, ListedKey},
    status::{NodeStatus, check_ready},
};
