//! `signet users …`: manages users directly in the database.

mod account;
mod confirmation;
mod export;
mod factors;
mod format;
mod import;
mod list;
mod logout_notice;
mod password;
mod role_warning;
mod sealing;
mod services;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use self::{
    confirmation::{ConfirmationArgs, Consent},
    format::printable,
};
use super::{
    CommandContext, CommandFailure, print, print_result,
    progress::Progress,
    setup::{self, OpenedStore, SchemaNeed},
};
use crate::{
    admin::{Admin, AdminService, Error, UserDetails, UserRecord},
    identity::{EmailAddress, PersonName, Role, SecondFactorKind, User, UserId},
    limits::Limits,
    network::Network,
    password::{Hasher, PasswordPolicy, PresentedPassword},
    store::Store,
};

#[derive(Debug, Subcommand)]
pub(super) enum UsersCommand {
    /// Create a user; the password is prompted for or read from standard input
    Create(CreateArgs),
    /// Mail a sign-up link; nothing is stored before it is confirmed
    Invite(account::InviteArgs),
    /// List users, the oldest first
    List(list::ListArgs),
    /// Show one user
    Show(UserArg),
    /// Disable a user and end all sessions
    Disable(UserArg),
    /// Enable a user; ended sessions stay ended
    Enable(UserArg),
    /// Set the role of a user: user, admin or a custom role
    Role(RoleArgs),
    /// Change the email of a user, end all sessions and notify the old email
    Email(account::EmailArgs),
    /// Set the password of a user and end all sessions; it is prompted for or read from standard input
    Password(account::PasswordArgs),
    /// Manage the second factors of a user
    #[command(subcommand)]
    Factors(factors::FactorsCommand),
    /// End all sessions of one user, or of all users with --all, which asks first
    Logout(LogoutArgs),
    /// Delete a user and all their data; asks first
    Delete(DeleteArgs),
    /// Import the users of another system, with their passwords
    Import(import::ImportArgs),
    /// Write all users as JSON Lines, with their password hashes
    Export(export::ExportArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Email
    email: EmailAddress,
    /// Full name
    #[arg(long)]
    name: Option<PersonName>,
    /// Role
    #[arg(long, default_value_t)]
    role: Role,
    /// Mark the email as verified
    #[arg(long)]
    verified: bool,
}

#[derive(Debug, Args)]
pub(super) struct LogoutArgs {
    #[command(flatten)]
    selected: UserSelector,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    /// User ID or email
    user: String,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct UserSelector {
    /// User ID or email
    user: Option<String>,
    /// All users; required after restoring a backup, which can revive ended sessions
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(super) struct RoleArgs {
    /// User ID or email
    user: String,
    /// Role
    role: Role,
}

#[derive(Debug, Args)]
pub(super) struct UserArg {
    /// User ID or email
    user: String,
}

pub(super) async fn run(
    context: &CommandContext,
    command: UsersCommand,
) -> Result<(), CommandFailure> {
    let now = context.clock.now();
    let open = || open(context);
    match command {
        UsersCommand::Create(new) => {
            // The password is checked before a database is opened or created.
            let password = password::read(context, &new.email, new.name.as_ref())?;
            let opened = setup::open(context, SchemaNeed::Embedded).await?;
            opened.log_created();
            let role = new.role.clone();
            create(&service(context, opened)?, new, password, now).await?;
            role_warning::log(&context.config, &role);
            Ok(())
        }
        UsersCommand::Invite(new) => account::invite(context, new, now).await,
        UsersCommand::List(arguments) => list::run(&open().await?, &arguments).await,
        UsersCommand::Show(selected) => {
            let admin = open().await?;
            show(&admin, &find(&admin.store, &selected.user).await?).await
        }
        UsersCommand::Disable(selected) => {
            let admin = open().await?;
            let user = set_active(&admin, &selected, false, now).await?;
            logout_notice::send(context, user).await;
            Ok(())
        }
        UsersCommand::Enable(selected) => {
            let admin = open().await?;
            let user = set_active(&admin, &selected, true, now).await?;
            logout_notice::send(context, user).await;
            Ok(())
        }
        UsersCommand::Role(RoleArgs { user, role }) => {
            let admin = open().await?;
            let user = find(&admin.store, &user).await?;
            admin.set_role(Admin::OPERATOR, user.id, &role, now).await?;
            print_result(format!(
                "{} has the role {role} from the next refresh.",
                user.email
            ));
            role_warning::log(&context.config, &role);
            Ok(())
        }
        UsersCommand::Email(arguments) => account::set_email(context, arguments, now).await,
        UsersCommand::Password(arguments) => account::set_password(context, arguments, now).await,
        UsersCommand::Factors(command) => factors::run(context, command, now).await,
        UsersCommand::Logout(arguments) => log_out(context, &arguments, now).await,
        UsersCommand::Delete(arguments) => delete(context, &arguments).await,
        UsersCommand::Import(arguments) => import::run(context, arguments, now).await,
        UsersCommand::Export(arguments) => export::run(context, &arguments).await,
    }
}

/// Opens the database, which must exist, and returns the service of the commands.
async fn open(context: &CommandContext) -> Result<AdminService, CommandFailure> {
    let opened = setup::open(context, SchemaNeed::AsItIs).await?;
    service(context, opened)
}

/// Returns the service that the administration API uses as well.
fn service(context: &CommandContext, opened: OpenedStore) -> Result<AdminService, CommandFailure> {
    let CommandContext {
        config, entropy, ..
    } = context;
    Ok(AdminService {
        store: opened.store.with_passkeys_of(config.passkeys.rp_id()),
        hasher: Hasher::new(&config.password, entropy.clone())?,
        limits: Limits::none(),
        policy: PasswordPolicy::new(config),
        entropy: entropy.clone(),
        recent: config.tokens.recent_login,
        require_acr: config.admin.require_acr,
        // The commands wait for the notifications: see `logout_notice`.
        backchannel_logout: None,
    })
}

async fn create(
    admin: &AdminService,
    new: CreateArgs,
    password: PresentedPassword,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let new = UserDetails {
        email: new.email,
        is_verified: new.verified,
        name: new.name,
        role: new.role,
        password,
    };
    let created = admin.create(Admin::OPERATOR, new, Network::UNKNOWN, now);
    let user = created.await?;
    print_result(format!("{}  {}", user.id, user.email));
    Ok(())
}

impl From<Error> for CommandFailure {
    fn from(error: Error) -> Self {
        match error {
            Error::Taken => account::email_taken(),
            Error::NoSuchUser => Self::usage("no such user"),
            Error::Internal(fault) => fault.into(),
            other => Self::new(other),
        }
    }
}

async fn find(store: &Store, user: &str) -> Result<User, CommandFailure> {
    let found = if let Ok(id) = user.parse() {
        store.user(id).await?
    } else {
        let email = EmailAddress::parse(user)
            .map_err(|error| CommandFailure::usage(format!("{user}: an email {error}")))?;
        store.user_by_email(&email).await?
    };
    found.ok_or_else(|| CommandFailure::usage(format!("{user}: no such user")))
}

/// Ends the sessions of one user or of all users, and notifies the clients of the former.
async fn log_out(
    context: &CommandContext,
    LogoutArgs {
        selected,
        confirmation,
    }: &LogoutArgs,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let confirmation = if selected.all {
        confirmation.way("A logout of all users")?
    } else {
        Consent::Given
    };
    let admin = open(context).await?;
    if let Some(user) = &selected.user {
        let user = find(&admin.store, user).await?;
        admin.log_out(Admin::OPERATOR, user.id, now).await?;
        print_result(format!("All sessions of {} have ended.", user.email));
        logout_notice::send(context, user.id).await;
        return Ok(());
    }
    confirmation.ask("End all sessions of all users?")?;
    let progress = Progress::show("Ending all sessions");
    let users = admin.log_out_everybody(Admin::OPERATOR, now).await;
    drop(progress);
    let users = users?;
    print_result(format!("All sessions of all {users} users have ended."));
    logout_notice::warn_of_all(&context.config);
    Ok(())
}

async fn delete(
    context: &CommandContext,
    DeleteArgs { user, confirmation }: &DeleteArgs,
) -> Result<(), CommandFailure> {
    let confirmation = confirmation.way("The deletion of a user")?;
    let admin = open(context).await?;
    let user = find(&admin.store, user).await?;
    let email = printable(user.email.as_str());
    confirmation.ask(&format!("Delete {email} ({}) and all their data?", user.id))?;
    admin.delete(Admin::OPERATOR, user.id).await?;
    print_result(format!("{email} was deleted."));
    logout_notice::send(context, user.id).await;
    Ok(())
}

async fn set_active(
    admin: &AdminService,
    selected: &UserArg,
    is_active: bool,
    now: DateTime<Utc>,
) -> Result<UserId, CommandFailure> {
    let user = find(&admin.store, &selected.user).await?;
    admin
        .set_active(Admin::OPERATOR, user.id, is_active, now)
        .await?;
    let state = if is_active {
        "enabled"
    } else {
        "disabled; all sessions have ended"
    };
    print_result(format!("{} is {state}.", user.email));
    Ok(user.id)
}

async fn show(admin: &AdminService, user: &User) -> Result<(), CommandFailure> {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let UserRecord {
        user,
        accounts,
        factors,
    } = admin.show(Admin::OPERATOR, user.id).await?;
    let accounts: Vec<_> = accounts.iter().map(|it| it.provider.as_str()).collect();
    let factors = factors.kinds().into_iter().map(SecondFactorKind::as_str);
    let factors: Vec<_> = factors.collect();
    let lines = [
        ("id", user.id.to_string()),
        ("email", user.email.to_string()),
        (
            "email_verified",
            or_none(user.email_verified.map(|time| time.to_rfc3339())),
        ),
        ("name", or_none(user.name.as_ref().map(ToString::to_string))),
        (
            "image",
            or_none(user.image.as_ref().map(ToString::to_string)),
        ),
        ("role", user.role.to_string()),
        ("is_active", user.is_active.to_string()),
        ("accounts", accounts.join(" ")),
        (
            "factors",
            or_none(Some(factors.join(" ")).filter(|it| !it.is_empty())),
        ),
        ("created_at", user.created_at.to_rfc3339()),
        ("updated_at", user.updated_at.to_rfc3339()),
    ];
    lines
        .into_iter()
        .try_for_each(|(name, value)| print(format!("{name:<15} {}", printable(&value))))
}
