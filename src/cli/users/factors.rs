//! `signet users factors …`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::{
    account::MailArgs,
    find, logout_notice,
    services::{self, MailNeed},
};
use crate::{
    admin::Admin,
    cli::{CommandContext, CommandFailure, print_result},
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum FactorsCommand {
    /// Remove the authenticator app, recovery codes and passkeys of a user who has lost them, end all sessions and notify the
    /// user
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ResetArgs {
    /// User ID or email
    user: String,
    #[command(flatten)]
    mail: MailArgs,
}

pub(super) async fn run(
    context: &CommandContext,
    command: FactorsCommand,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let FactorsCommand::Reset(ResetArgs { user, mail }) = command;
    let mail = mail.context(&context.config.clients)?;
    let services = services::open(context, MailNeed::Notice).await?;
    let admin = super::open(context).await?;
    let user = find(&admin.store, &user).await?;
    let resetting = admin.reset_factors(Admin::OPERATOR, user.id, now);
    let user = resetting.await?;
    let (locale, client_id) = (mail.locale, &mail.client.client_id);
    services
        .profiles
        .notify_factors_reset(&user, locale, Some(client_id))
        .await;
    print_result(format!(
        "The second factors of {} were removed; all sessions have ended.",
        user.email
    ));
    services.finish_mail().await?;
    logout_notice::send(context, user.id).await;
    Ok(())
}
