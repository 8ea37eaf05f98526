# What mails say. $host is whose link or page it is, $time how long the link is good,
# $address another address than the one that the mail goes to.
# $removed the names of the providers whose accounts were removed.

mail-page-button = Go to { $host }
mail-copy = Does the button do nothing? Then copy this link into your browser:
mail-footer = Sent to { $to } by { $host }.
mail-list-separator = { ", " }

confirm-sign-up-subject = Confirm your address
confirm-sign-up-text = Welcome! Open this link to confirm your address and choose a password.
confirm-sign-up-button = Choose a password
confirm-sign-up-note = It is good for { $time }. If you did not ask to sign up, do nothing: nothing has been stored.

already-signed-up-subject = You already have an account
already-signed-up-text = Somebody, perhaps you, asked to sign up at { $host } with this address. It already has an account, so there is nothing to confirm: log in as usual.
already-signed-up-note = If that was not you, do nothing: nothing has changed.

no-account-subject = No account with this address
no-account-text = Somebody, perhaps you, asked { $host } for a link to log in or to choose a new password. There is no account that you could log in to with this address.
no-account-note = If that was you, try another address of yours, or another way to log in. If not, do nothing: nothing has changed.

confirm-account-subject = Confirm your address
confirm-account-text = Welcome! Open this link to confirm your address, in the browser in which you logged in with { $provider }.
confirm-account-button = Confirm the address
confirm-account-note = It is good for { $time }. If you did not log in with { $provider }, do nothing: nothing has been stored.

account-joined-subject = A new way to log in
account-joined-text = You can log in with { $provider } at { $host } from now on: somebody who has this address there has just done so.
account-joined-note = If that was not you, log in as usual, unlink { $provider }, and see to your account there.

account-linked-subject = New way to log in to { $host }
account-linked-text = { $provider } was just connected to your account at { $host }. You can now log in with it.
account-linked-note = Wasn’t you? Log in, disconnect { $provider } and change your password right away.

account-unlinked-subject = A way to log in was removed at { $host }
account-unlinked-text = { $provider } was just disconnected from your account at { $host }. Your other devices have been logged out.
account-unlinked-note = Wasn’t you? Change your password right away and check your ways to log in.

log-in-and-link-subject = You already have an account
log-in-and-link-text = Somebody, perhaps you, logged in with { $provider } at { $host } and named this address. It already has an account.
log-in-and-link-note = If that was you, log in as usual, and link { $provider } there. If not, do nothing: nothing has changed.

reset-password-subject = Choose a new password
reset-password-text = Open this link to choose a new password at { $host }. You are then logged out on every device.
reset-password-button = Choose a new password
reset-password-note = It is good once, for { $time }. If you did not ask for it, do nothing: nothing has changed.

password-set-subject = You have a new password
password-set-text = A new password has just been set for your account at { $host }. Every other session of yours has been ended.
password-set-text-removed = { password-set-text } To be safe, these ways to log in were removed: { $removed }. You can connect them again after you log in.
password-set-note = If that was not you, reset it at once: somebody knows your old password, or reads your mail.

confirm-address-subject = Confirm your new address
confirm-address-text = Open this link to use this address at { $host } from now on, in place of { $address }.
confirm-address-button = Use this address
confirm-address-note = It is good once, for { $time }. Never confirm for somebody else: if { $address } is not yours, or you did not ask for this, do nothing, and nothing changes.

address-taken-subject = You already have an account
address-taken-text = Somebody, perhaps you, asked to use this address for another account at { $host }. It already has an account, so nothing was changed.
address-taken-note = If that was you, log in with this address, or choose another for that account. If not, do nothing.

address-change-asked-subject = A new address for your account?
address-change-asked-text = Somebody, perhaps you, asked that your account at { $host } have the address { $address } in place of this one. It will as soon as that is confirmed there.
address-change-asked-note = If that was not you, change your password or log out everywhere at once: either puts an end to it.

address-changed-subject = Your address has changed
address-changed-text = Your account at { $host } now has the address { $address } in place of this one, and you have been logged out everywhere. Log in with the new address.
address-changed-text-removed = { address-changed-text } To be safe, these ways to log in were removed: { $removed }. You can connect them again after you log in.
address-changed-note = If that was not you, tell the people at { $host } at once.

log-in-subject = Your link to log in
log-in-text = Open this link to log in at { $host }, in the app or browser in which you asked for it.
log-in-button = Log in
log-in-note = It is good once, for { $time }. If you did not ask for it, do nothing: without this link nobody gets in.

test-subject = This is a test mail
test-text = Mail works: whoever runs { $host } wanted to see whether it does.
test-note = There is nothing to do.
