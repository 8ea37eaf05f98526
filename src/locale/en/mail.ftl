# Texts of the mails. $host: the service that sends the mail. $to: its recipient. $time: how long
# the link works. $provider: the name of a provider. $address: the other email of a change.
# $removed: the names of the providers whose accounts were removed.

mail-page-button = Go to { $host }
mail-security-button = Secure your account
mail-copy = Button not working? Copy this link into your browser:
mail-footer = Sent to { $to } by { $host }.
mail-list-separator = { ", " }
mail-passkeys = Passkeys
mail-code-label = Or enter this code where you requested this email:

confirm-sign-up-subject = Confirm your email address for { $host }
confirm-sign-up-preheader = Set a password to create your account. The link is valid for { $time }.
confirm-sign-up-text = Welcome! Confirm your email address and set a password to create your account.
confirm-sign-up-button = Set a password
confirm-sign-up-note = This link is valid for { $time }. Didn’t sign up? Ignore this email. We haven’t stored anything.

already-signed-up-subject = You already have an account at { $host }
already-signed-up-preheader = Just log in as usual.
already-signed-up-text = Someone, maybe you, tried to create an account at { $host } with this email address. You already have one, so there’s nothing to confirm. Just log in as usual.
already-signed-up-button = Log in
already-signed-up-note = Wasn’t you? Ignore this email. Nothing has changed.

no-account-subject = No account at { $host } for this email address
no-account-preheader = Try another email address or another way to log in.
no-account-text = Someone, maybe you, asked { $host } for a link to log in or to set a new password. There’s no account that you can log in to with this email address.
no-account-note = If this was you, try another email address or another way to log in. If not, ignore this email. Nothing has changed.

confirm-account-subject = Confirm your email address for { $host }
confirm-account-preheader = Finish logging in with { $provider }. The link is valid for { $time }.
confirm-account-text = Welcome! Confirm your email address to finish logging in with { $provider }. Open the link in the browser you started in.
confirm-account-button = Confirm email address
confirm-account-note = This link is valid for { $time }. Didn’t log in with { $provider }? Ignore this email. We haven’t stored anything.

account-joined-subject = New way to log in to { $host }
account-joined-preheader = { $provider } now works for your account. Wasn’t you? See what to do.
account-joined-text = You can now log in to { $host } with { $provider }. Someone whose { $provider } account has this email address just did.
account-joined-button = { mail-security-button }
account-joined-note = Wasn’t you? Log in as usual, disconnect { $provider }, and secure your account there.

account-linked-subject = New way to log in to { $host }
account-linked-preheader = { $provider } is now connected to your account.
account-linked-text = { $provider } was just connected to your account at { $host }. You can now log in with it.
account-linked-button = { mail-security-button }
account-linked-note = Wasn’t you? Log in, disconnect { $provider } and change your password right away.

account-unlinked-subject = A way to log in was removed at { $host }
account-unlinked-preheader = { $provider } no longer logs you in.
account-unlinked-text = { $provider } was just disconnected from your account at { $host }. Your other devices have been logged out.
account-unlinked-button = { mail-security-button }
account-unlinked-note = Wasn’t you? Change your password right away and check your ways to log in.

log-in-and-link-subject = You already have an account at { $host }
log-in-and-link-preheader = Log in as usual, then connect { $provider }.
log-in-and-link-text = Someone, maybe you, logged in to { $host } with { $provider } and entered this email address. It already has an account.
log-in-and-link-button = Log in
log-in-and-link-note = If this was you, log in as usual and connect { $provider } in your account settings. If not, ignore this email. Nothing has changed.

reset-password-subject = Set a new password for { $host }
reset-password-preheader = The link works once and is valid for { $time }.
reset-password-text = Set a new password for your account at { $host }. You’ll then be logged out on every device.
reset-password-button = Set a new password
reset-password-note = This link works once and is valid for { $time }. Didn’t request it? Ignore this email. Nothing has changed.

password-set-subject = A new password was set for { $host }
password-set-preheader = Wasn’t you? Reset your password right away.
password-set-text = A new password was just set for your account at { $host }. All other devices have been logged out.
password-set-text-removed = { password-set-text } To be safe, these ways to log in were removed: { $removed }. You can connect them again after you log in.
password-set-button = { mail-security-button }
password-set-note = Wasn’t you? Reset your password right away. Someone knows your old password or can read your email.

confirm-address-subject = Confirm your new email address for { $host }
confirm-address-preheader = It replaces { $address }. The link works once and is valid for { $time }.
confirm-address-text = Confirm that you want to use this email address at { $host } instead of { $address }.
confirm-address-button = Use this email address
confirm-address-note = This link works once and is valid for { $time }. Never confirm for someone else. If { $address } isn’t yours or you didn’t request this, ignore this email, and nothing will change.

address-taken-subject = You already have an account at { $host }
address-taken-preheader = Nothing was changed.
address-taken-text = Someone, maybe you, asked to use this email address for another account at { $host }. It already has an account, so nothing was changed.
address-taken-button = Log in
address-taken-note = If this was you, log in with this email address, or choose another one for the other account. If not, ignore this email.

address-change-asked-subject = Request to change your email address at { $host }
address-change-asked-preheader = Wasn’t you? You can still cancel the change.
address-change-asked-text = Someone, maybe you, asked to change the email address of your account at { $host } to { $address }. It will change as soon as the new address is confirmed.
address-change-asked-button = { mail-security-button }
address-change-asked-note = Wasn’t you? Change your password or log out everywhere right away. Either one cancels the change.

address-changed-subject = Your email address at { $host } was changed
address-changed-preheader = It’s now { $address }. Wasn’t you? Contact the administrator right away.
address-changed-text = Your account at { $host } now has the email address { $address } instead of this one. You’ve been logged out everywhere. Log in with the new address.
address-changed-text-removed = { address-changed-text } To be safe, these ways to log in were removed: { $removed }. You can connect them again after you log in.
address-changed-button = { mail-security-button }
address-changed-note = Wasn’t you? Contact the administrator of { $host } right away.

factor-added-subject = Authenticator app set up at { $host }
factor-added-preheader = Your logins now also need a code from the app.
factor-added-text = An authenticator app was just set up for your account at { $host }. From now on, logging in also needs a code from it. Your other devices have been logged out.
factor-added-button = { mail-security-button }
factor-added-note = Wasn’t you? Reset your password right away and contact the administrator of { $host }.

factor-removed-subject = Authenticator app turned off at { $host }
factor-removed-preheader = Wasn’t you? Change your password right away.
factor-removed-text = The authenticator app for your account at { $host } was just turned off. Its codes are no longer needed to log in. Your other devices have been logged out.
factor-removed-button = { mail-security-button }
factor-removed-note = Wasn’t you? Change your password right away and set up two-step verification again.

recovery-codes-subject = New recovery codes at { $host }
recovery-codes-preheader = Earlier codes no longer work.
recovery-codes-text = New recovery codes were just created for your account at { $host }. Earlier ones no longer work.
recovery-codes-button = { mail-security-button }
recovery-codes-note = Wasn’t you? Change your password right away and create new codes.

recovery-code-used-subject = A recovery code was used at { $host }
recovery-code-used-preheader = Codes left: { $count }
recovery-code-used-text = Someone, maybe you, just logged in to your account at { $host } with a recovery code. Codes left: { $count }.
recovery-code-used-button = { mail-security-button }
recovery-code-used-note = Wasn’t you? Change your password right away and create new recovery codes.

factors-reset-subject = Two-step verification reset at { $host }
factors-reset-preheader = Set it up again after your next login.
factors-reset-text = The administrator of { $host } removed the passkeys, authenticator app and recovery codes from your account. You’ve been logged out everywhere.
factors-reset-button = { mail-security-button }
factors-reset-note = Didn’t ask for this? Contact the administrator of { $host } right away and change your password.

passkey-added-subject = A passkey was added at { $host }
passkey-added-preheader = Wasn’t you? Remove it right away.
passkey-added-text = A passkey was just added to your account at { $host }. It can be used to log in. Your other devices have been logged out.
passkey-added-button = { mail-security-button }
passkey-added-note = Wasn’t you? Log in, remove the passkey and change your password right away.

passkey-removed-subject = A passkey was removed at { $host }
passkey-removed-preheader = Wasn’t you? Change your password right away.
passkey-removed-text = A passkey was just removed from your account at { $host }. It can no longer be used to log in. Your other devices have been logged out.
passkey-removed-button = { mail-security-button }
passkey-removed-note = Wasn’t you? Change your password right away and check your ways to log in.

log-in-subject = Your login link for { $host }
log-in-preheader = The link works once and is valid for { $time }.
log-in-text = Log in to { $host } with this link. Open it in the app or browser you requested it in.
log-in-button = Log in
log-in-note = This link works once and is valid for { $time }. Didn’t request it? Ignore this email. Without this link, nobody gets in.
log-in-note-code = Link and code work once and are valid for { $time }. Don’t give the code to anyone, and enter it only where you requested it. Didn’t request it? Ignore this email. Without one of them, nobody gets in.

test-subject = Test email from { $host }
test-preheader = Sending email works.
test-text = Sending email works. The administrator of { $host } wanted to check.
test-note = You don’t need to do anything.
