//! The services behind the commands that send mail to users.

use std::time::Duration;

use crate::{
    backchannel_logout::BackchannelLogout,
    cli::{
        CommandContext, CommandFailure,
        progress::Progress,
        setup::{self, SchemaNeed},
    },
    coordination::SpentMarks,
    limits::Limits,
    mail::{MailShutdown, Mailer},
    password::{Hasher, PasswordPolicy},
    profile::{LoginMethods, ProfileService},
    provider::SignUpProvider,
    store::Store,
};

/// The longest wait for the delivery of a mail.
const DELIVERY_TIMEOUT: Duration = Duration::from_mins(1);

/// The mail that a command may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailNeed {
    /// The mail is the purpose of the command, so a mail server is required.
    Link,
    /// The mail is a notice of a change, which is made without a mail server as well.
    Notice,
}

/// The services of one command.
pub(super) struct UserServices {
    pub(super) store: Store,
    pub(super) sign_ups: SignUpProvider,
    pub(super) profiles: ProfileService,
    need: MailNeed,
    outgoing: Option<MailShutdown>,
}

/// Reads the keys and opens the database.
///
/// # Errors
/// No mail server is configured and the command needs one, the keys cannot be read, or the database cannot be used.
pub(super) async fn open(
    context: &CommandContext,
    need: MailNeed,
) -> Result<UserServices, CommandFailure> {
    let CommandContext {
        config, entropy, ..
    } = context;
    let (mailer, outgoing) =
        match setup::outgoing_mail::mailer(context, setup::mail_renderer(&context.config)?)? {
            Some((mailer, outgoing)) => (mailer, Some(outgoing)),
            None if need == MailNeed::Notice => (Mailer::none(), None),
            None => {
                return Err(CommandFailure::usage(
                    "mail.url: no mail server is configured",
                ));
            }
        };
    let tokens = setup::command_tokens(context)?;
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    let hasher = Hasher::new(&config.password, entropy.clone())?;
    let policy = PasswordPolicy::new(config);
    let providers = config.providers.clone();
    Ok(UserServices {
        store: store.clone(),
        sign_ups: SignUpProvider {
            store: store.clone(),
            hasher: hasher.clone(),
            limits: Limits::none(),
            policy: policy.clone(),
            tokens: tokens.clone(),
            mailer: mailer.clone(),
            entropy: entropy.clone(),
            lifetime: config.tokens.sign_up_lifetime,
        },
        profiles: ProfileService {
            store,
            hasher,
            limits: Limits::none(),
            policy,
            login_methods: LoginMethods::by(move |provider| {
                let configured = providers.of_account(provider);
                configured.map(|it| it.name.clone())
            }),
            service_name: config.service_name().to_owned(),
            entropy: entropy.clone(),
            recent: config.tokens.recent_login,
            passkeys: config.passkeys.clone(),
            spent_offers: SpentMarks::default(),
            // No client has an endpoint here: the commands wait for the notifications, see `logout_notice`.
            backchannel_logout: BackchannelLogout::new(
                tokens.clone(),
                None,
                context.clock.clone(),
                entropy.clone(),
            ),
            tokens,
            mailer,
        },
        need,
        outgoing,
    })
}

impl UserServices {
    /// Waits until the mail is sent. A notice that is lost is logged and fails nothing, because the change is made.
    ///
    /// # Errors
    /// The mail is the purpose of the command, and it was not sent.
    pub(super) async fn finish_mail(self) -> Result<(), CommandFailure> {
        let Self {
            sign_ups,
            profiles,
            need,
            outgoing,
            ..
        } = self;
        // A mailer that prints ends with its last handle.
        drop((sign_ups, profiles));
        let Some(outgoing) = outgoing else {
            tracing::warn!("mail.url is not set, so the user was not notified");
            return Ok(());
        };
        let progress = Progress::show("Sending the email");
        let lost = outgoing.finish(DELIVERY_TIMEOUT).await;
        drop(progress);
        match need {
            MailNeed::Link if lost > 0 => Err(CommandFailure::new(
                "the email was not sent; the log names the reason",
            )),
            _ => Ok(()),
        }
    }
}
