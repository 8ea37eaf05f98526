//! The renderer in use, which a reload of the configuration replaces.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{MailRenderer, Message, RenderedMail};

/// The renderer in use. Clones share the renderer.
#[derive(Debug, Clone)]
pub(super) struct CurrentRenderer(Arc<ArcSwap<MailRenderer>>);

impl CurrentRenderer {
    pub(super) fn new(renderer: MailRenderer) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(renderer)))
    }

    pub(super) fn replace(&self, renderer: MailRenderer) {
        self.0.store(Arc::new(renderer));
    }

    pub(super) fn render(&self, message: &Message) -> RenderedMail {
        self.0.load().render(message)
    }
}
