//! What admins see of the node that answers: answers of the administration API that its pages show as well.

mod configuration;
mod keys;
mod status;

pub(crate) use self::{
    configuration::{ClientList, ProviderList},
    keys::{KeyList, ListedKey},
    status::{NodeStatus, check_ready},
};
