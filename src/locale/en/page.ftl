# Texts of the pages. `$host` is the host of this service and can be used in every text.

## Shared by several pages

page-back = Back to the app
page-cancel = Cancel
page-continue = Continue
page-continue-with = Continue with { $provider }
page-continue-to = Continue to { $client }
page-email = Email
page-send-link = Send link
page-another-link = Get a new link
page-try-again = Try again
page-back-to-login = Back to login
page-login = Log in
page-name = Name
page-optional = (optional)
page-password = Password
page-password-new = New password
page-show = Show
page-show-password = Show password
page-footer-privacy = Privacy
page-footer-terms = Terms

page-password-missing = Enter a password.
page-password-too-long = This password is too long. Use a shorter one.
page-password-too-short = Use at least { $count } characters.
page-password-common = This password is too easy to guess. Choose another one.
page-password-contains-email = This password contains your email. Choose another one.
page-password-contains-service = This password contains the name of this service. Choose another one.
page-password-guessable = This password is too easy to guess. Use several words that don’t belong together.
page-name-empty = Enter a name or leave this field empty.
page-name-too-long = Use 200 characters or fewer.
page-name-forbidden = A name can’t contain control characters, line breaks or marks that change the direction of text.

page-email-form = Enter an email address like name@example.com.
page-email-too-long = This email address is too long. It can have 254 characters, 64 of them before the @.
page-email-local-part = Check the part before the @. Only letters from a to z, digits and !#$%&'*+-/=?^_`{"{"}|{"}"}~. are allowed there.
page-email-domain = Check the part after the @. It must be a domain like example.com.

page-token-missing = This page only works from the link in your email. Open that link again.
page-token-no-script = JavaScript is turned off in this browser, and this page needs it to read your link. Turn it on for { $host }, then open the link in your email again.

page-only-if-asked = Continue only if you requested this yourself just now.
page-not-asked = Didn’t request this? Close this page. Nothing has changed, and nothing will.

## Login

page-front = To log in to { $host }, open the app you want to use. It will bring you back here.
page-home = Your account at { $host } logs you in to your apps.
page-account-title = Your account
page-login-title = Log in
page-login-client = You’re logging in to { $client }.
page-recent = To keep your account safe, this change needs a recent login.
page-login-forgot = Forgot password?
page-login-link = Email me a link
page-login-link-instead = Email me a link instead
page-login-link-opened = You’re about to log in to { $host }.
page-login-or = or
page-login-sign-up = Create account
page-login-wrong = Incorrect email or password. Try again.
page-login-none = There’s no way to log in here yet.
page-login-none-help = The administrator of { $host } can set one up.

page-ask-first-title = Confirm your login
page-ask-first = You’re about to log in to { $client }.
page-ask-first-if-begun = Continue only if you started this yourself.

page-choose-title = Continue to { $client }
page-choose-as = Continue as { $name }
page-choose-other = Use another account

page-repost-title = One moment
page-repost = You’re being logged in. If nothing happens, select “Continue”.
page-repost-log-out = You’re being logged out. If nothing happens, select “Continue”.

page-logged-in-title = You’re logged in
page-logged-in = Apps that use { $host } can now log you in without your password. On a shared device, log out when you’re done.
page-account-logged-in-as = Logged in as { $email }

page-log-out-title = Log out?
page-log-out-what = You’ll be logged out of { $host } in this browser. Apps may keep you logged in until you log out there.
page-log-out-asked = { $client } asked to log you out.
page-log-out-stay = Stay logged in
page-log-out = Log out

page-logged-out-title = You’re logged out
page-logged-out = You’re logged out of { $host } in this browser. On a shared device, close the browser, too.
page-logged-out-again = Log in again
page-logged-out-everywhere-title = You’re logged out everywhere
page-logged-out-everywhere = Every login to your account has ended. Apps can take up to { $time } to notice.
page-not-logged-in-title = You’re not logged in
page-not-logged-in = You’re not logged in to { $host } in this browser.

page-account-everywhere = Log out everywhere
page-account-everywhere-what = Ends every login to your account, including this one. Apps can take up to { $time } to notice.
page-log-out-everywhere-title = Log out everywhere?
page-log-out-everywhere-logged-out = You’re not logged in to { $host } in this browser. To log out everywhere, reset your password.
page-log-out-everywhere-reset = If someone may know your password or can read your email, reset the password, too.
page-log-out-everywhere-reset-do = Reset password

## Login through a provider without a confirmed email

page-address-title = What’s your email address?
page-address-why = { $provider } didn’t give us a confirmed email address. Enter yours, and we’ll send you a link. Open it to finish logging in.
page-address-or-not = Didn’t want to log in with { $provider }? Close this page.

page-mailed-title = Check your email
page-mailed = We’re sending an email to { $email }.
page-mailed-for-here = Open the link in the email in this browser to continue.
page-mailed-for-anywhere = Open the link in the email to continue.
page-mailed-nothing = No email after a few minutes? Check your spam folder, or go back and check the address. If you’ve asked several times, try again later.
page-mailed-back = Go back
page-code = Code
page-code-mailed = Reading the email on another device? Enter the code from it here.
page-code-wrong = This code isn’t right. Check it and try again.
page-code-over = This code no longer works. Use the link in the email, or go back and request a new one.
page-code-too-many = Too many codes were tried. Use the link in the email, or go back and request a new one.

## Forgotten passwords and new accounts

page-forgot-title = Forgot your password?
page-forgot = Enter your email address, and we’ll send you a link to set a new password.

page-sign-up-title = Create your account
page-sign-up = Enter your email address, and we’ll send you a link to set a password.
page-sign-up-terms = By creating an account, you accept the terms and privacy policy of { $host }.
page-sign-up-client = You’re creating an account to use { $client }.
page-sign-up-or-log-in = Already have an account? Log in

## Pages behind mailed links

page-choose-password-title = Set a password
page-choose-password = Set a password to confirm your email address and create your account.
page-choose-password-do = Create account
page-new-password-title = Set a new password
page-new-password = You’ll be logged out everywhere. Then log in with your new password.
page-new-password-do = Save password
page-password-hint = At least { $count } characters. Several words in a row are easy to remember and hard to guess.

page-confirm-address-title = Confirm your new email address
page-confirm-address = Use this email address for your account at { $host }? You’ll be logged out everywhere. The email we sent you names the address it replaces. Continue only if that address is yours, too.
page-confirm-address-do = Confirm email address

page-signed-up-title = Your account is ready
page-signed-up = You can now log in to { $host }.
page-password-reset-title = Your new password is saved
page-password-reset = You’ve been logged out everywhere. Log in with your new password.
page-address-changed-title = Your email address has been changed
page-address-changed = You’ve been logged out everywhere. Log in with your new email address.

page-finish-title = Log in with { $provider }
page-finish = Continue to log in. From now on, you can use { $provider } to log in to { $host }.
page-finish-do = Log in with { $provider }

page-link-title = You already have an account
page-link-why = An account at { $host } already uses this email address. It isn’t connected to { $provider } yet.
page-link-how = Log in the way you usually do, then connect { $provider } in your account settings. After that, you can use it to log in.

## Error pages

page-app-title = We can’t start this login
page-app = The app that sent you here made a request that { $host } can’t process. Go back to the app and try again. If that doesn’t help, send this message to the app’s developers:

page-over-title = This login is no longer valid
page-over = A login can be finished only once and within a limited time. This one may already be finished, or it took too long.
page-over-again = Go back to the app and log in again.

page-canceled-title = Login canceled
page-canceled = The login wasn’t finished. To open the app, log in again.

page-duplicate-cookie-title = Delete the cookies of this site
page-duplicate-cookie = This browser sent two login cookies with the same name. Delete the cookies of { $host } and of its domain, then log in again.

page-other-browser-title = Continue in the browser you started in
page-other-browser = To keep your account safe, a login can only be finished in the browser it was started in. Continue there, or go back to the app and start again.
page-other-browser-cookies = Same browser? It may be blocking cookies.

page-link-over-title = This link no longer works
page-link-over = Links in our emails work once and for a short time. This one has been used, has expired, or was replaced by something you did later.
page-link-over-again = Still need it? Get a new link.

page-opened-elsewhere-title = Open this link where you requested it
page-opened-elsewhere = To keep your account safe, this link only works in the app or browser you requested it in. Open it there. If the email contains a code, you can enter it there instead.
page-opened-elsewhere-or = Or get a new link here.

page-foreign-form-title = We couldn’t accept this form
page-foreign-form = To keep your account safe, we only accept forms from our own pages. Go back to the app and start again.

page-no-such-provider-title = This way to log in isn’t available
page-no-such-provider = { $host } doesn’t offer this way to log in. Go back to the app and choose another one.

page-not-found-title = Page not found
page-not-found = There’s nothing at this address. Check the link, or go to the login page.

page-forbidden-title = You don’t have access
page-forbidden = Only administrators of { $host } can open this page.
page-not-admitted = Your account can’t open this app. Ask its administrator for access.
page-not-admitted-other = To use another account, log out first.

page-too-often-title = Too many attempts
page-too-often = There were too many attempts in a short time. We limit them to keep accounts safe.

page-away-title = { $provider } isn’t responding
page-away = { $provider } isn’t responding right now, so you can’t log in that way. Other ways to log in still work.
page-other-service = The other service

page-no-mail-title = Not available here
page-no-mail = { $host } can’t send emails yet, so this isn’t available. The administrator of { $host } can set it up.

page-busy-title = Temporarily unavailable
page-busy = We can’t do this right now. The problem is on our side.

page-broken-title = Something went wrong
page-broken = The problem is on our side and has been logged. You didn’t do anything wrong.

page-again-soon = Try again in a moment.
page-again-in = Try again in { $wait }.
page-again-in-about = Try again in about { $wait }.

page-ask-for-help = Asking for help? Include this:

page-factor-title = Two-step verification
page-factor-totp = Enter the 6-digit code from your authenticator app.
page-factor-totp-label = 6-digit code
page-factor-recovery = Enter one of your recovery codes. Each code works once.
page-factor-recovery-label = Recovery code
page-factor-use-totp = Use authenticator app
page-factor-use-recovery = Use a recovery code
page-factor-wrong = This code isn’t right. Enter the code the app shows now.
page-factor-used = This code has already been used. Wait for the next one.
page-factor-recovery-wrong = This recovery code isn’t right or has already been used.
page-factor-lost = Lost access to all of these? The administrator of { $host } can reset two-step verification.

page-passkey-login = Log in with a passkey
page-passkey-waiting = Follow the steps on your device.
page-passkey-canceled = No passkey was used. Try again or log in another way.
page-passkey-failed = This passkey didn’t work. Try another one or log in another way.
page-passkey-unsupported = This browser can’t use passkeys.
page-passkey-no-script = Passkeys need JavaScript. Turn it on for { $host }, or log in another way.
page-passkey-offer-title = Log in faster next time
page-passkey-offer = With a passkey, you log in with your fingerprint, face or screen lock. No password needed.
page-passkey-create = Create a passkey
page-passkey-exists = This device already has a passkey for your account.
page-passkey-not-created = No passkey was created. You can try again at any time.
page-not-now = Not now
page-factor-passkey = Confirm that it’s you with your passkey.
page-factor-use-passkey = Use a passkey
page-save = Save
page-change = Change
page-rename = Rename
page-remove = Remove
page-account-profile = Profile
page-account-profile-what = Apps you use can show your name and picture.
page-account-name-none = No name yet
page-account-picture = Picture
page-account-picture-label = Link to a picture
page-account-picture-hint = A link that starts with https://. Apps load the picture from there.
page-account-picture-wrong = Enter a link that starts with https:// and has at most 2048 characters.
page-account-email-change = Change email address
page-account-email-new = New email address
page-account-email-how = We’ll send a link to the new address. When you open it, the change takes effect and you’re logged out everywhere.
page-account-email-asked = Open the link we sent to { $email } to finish the change.
page-account-email-same = This is already your email address.
page-account-password-change = Change password
page-account-password-none = You don’t have a password.
page-account-password-how = Your other devices will be logged out.
page-account-password-changed = Your password has been changed. Your other devices have been logged out.
page-account-security = Login and security
page-account-passkeys = Passkeys
page-account-passkeys-what = Log in with your fingerprint, face or screen lock. A passkey can’t be guessed, and fake pages can’t steal it.
page-account-passkeys-none = You don’t have a passkey yet.
page-account-passkey-add = Add a passkey
page-account-passkey-added = Added on { $date }
page-account-passkey-synced = Synced across your devices
page-account-passkey-device = Stays on one device
page-account-passkey-unusable = Created for { $domain }. It can’t be used here.
page-account-passkey-name = Name of this passkey
page-account-passkey-name-hint = For example: My phone
page-account-passkey-name-wrong = Enter a name of 1 to 64 characters, without line breaks or marks that change the direction of text.
page-account-passkey-remove-title = Remove this passkey?
page-account-passkey-remove = “{ $passkey }” will no longer log you in. Your other devices will be logged out.
page-account-passkey-removed = The passkey has been removed. You can delete it from your device, too.
page-account-totp = Authenticator app
page-account-totp-what = When you log in, also enter a code from an app on your phone.
page-account-on = On
page-account-off = Off
page-account-set-up = Set up
page-account-turn-on = Turn on
page-account-turn-off = Turn off
page-enrolment-client = To continue to { $client }, set up two-step verification.
page-totp-title = Set up your authenticator app
page-totp-scan = Scan this QR code with your authenticator app.
page-totp-key = Can’t scan it? Enter this key in the app:
page-totp-confirm = Then enter the 6-digit code the app shows.
page-totp-over = This setup has expired or was replaced. Scan the new QR code and try again.
page-totp-on = From now on, you’ll be asked for a code when you log in. Your other devices have been logged out.
page-totp-off-title = Turn off the authenticator app?
page-totp-off = You’ll no longer be asked for its codes. Your other devices will be logged out.
page-account-recovery = Recovery codes
page-account-recovery-what = Lost your phone? Log in with one of these. Each code works once.
page-account-recovery-left = Codes left: { $count }
page-account-recovery-none = You don’t have recovery codes. Create them now so you don’t lose access.
page-account-recovery-new = Create new codes
page-account-recovery-new-what = Codes you already have will stop working.
page-recovery-title = Save your recovery codes
page-recovery = Keep them in a safe place, such as a password manager or on paper. We won’t show them again.
page-recovery-saved = I’ve saved these codes
page-account-connected = Connected accounts
page-account-connected-what = Log in to { $host } with an account from another service.
page-account-disconnect = Disconnect
page-account-disconnect-title = Disconnect { $provider }?
page-account-disconnect-what = { $provider } will no longer log you in. Your other devices will be logged out.
page-account-last-way = This is your only way to log in. Add another one first.
page-account-data = Your data
page-account-data-what = Everything { $host } has stored about you, as a JSON file, without passwords and keys.
page-account-data-do = Download my data
page-account-delete = Delete account
page-account-delete-title = Delete your account?
page-account-delete-what = Your account at { $host } and everything stored with it will be deleted. This can’t be undone. Apps may keep data of their own.
page-account-delete-confirm = Enter your email address to confirm
page-account-delete-do = Delete for good
page-account-deleted-title = Your account has been deleted
page-account-deleted = You’ve been logged out. Apps can take up to { $time } to notice.
page-passkey-created = Your passkey is ready.

page-admin-users = Users
page-admin-user = User
page-admin-keys = Keys
page-admin-clients = Apps and providers
page-admin-events = Events
page-admin-health = Health
page-admin-search = Search by name or email
page-admin-search-do = Search
page-admin-filter-all = All
page-admin-filter-admins = Administrators
page-admin-users-none = No users yet.
page-admin-users-no-match = No user matches “{ $search }”.
page-admin-first = First page
page-admin-next = Next page
page-admin-id = User ID
page-admin-role = Role
page-admin-status = Status
page-admin-active = Active
page-admin-disabled = Disabled
page-admin-email-confirmed = Confirmed
page-admin-email-unconfirmed = Not confirmed
page-admin-created = Created
page-admin-changed = Last changed
page-admin-ways = Ways to log in
page-admin-factors-none = Not set up
page-admin-create = Create user
page-admin-create-vouch = You confirm that this email address belongs to the person.
page-admin-created-done = The user has been created.
page-admin-taken = A user with this email address already exists.
page-admin-role-change = Change role
page-admin-role-what = It applies when the user’s login is next refreshed, within { $time }.
page-admin-role-done = The role has been changed. It applies when the user’s login is next refreshed, within { $time }.
page-admin-role-wrong = A role has 1 to 32 characters: a to z, 0 to 9, _ and -.
page-admin-disable = Disable user
page-admin-disable-title = Disable { $email }?
page-admin-disable-what = They’ll be logged out everywhere and can’t log in until you enable them.
page-admin-disabled-done = The user has been disabled and logged out everywhere.
page-admin-enable = Enable user
page-admin-enabled-done = The user can log in again. Earlier logins stay ended.
page-admin-log-out-title = Log out { $email } everywhere?
page-admin-log-out-what = Every login ends. The user can log in again right away.
page-admin-log-out-done = The user has been logged out everywhere.
page-admin-reset-factors = Reset two-step verification
page-admin-reset-factors-title = Reset verification for { $email }?
page-admin-reset-factors-what = First make sure that the request comes from this person. The user’s passkeys, authenticator app and recovery codes are removed, every login ends, and an email tells the user.
page-admin-reset-factors-done = Two-step verification has been reset. The user gets an email.
page-admin-delete = Delete user
page-admin-delete-title = Delete { $email }?
page-admin-delete-what = The user and everything stored with it are deleted. This can’t be undone.
page-admin-deleted-done = The user has been deleted.
page-admin-own = You can’t disable, demote or delete yourself. Ask another administrator.
page-admin-keys-what = Read only. The service never writes keys: use “signet keys” on the command line.
page-admin-key-id = Key ID
page-admin-key-kind = Kind
page-admin-key-state = State
page-admin-key-waiting = Published, signs later
page-admin-key-signing = Signing
page-admin-key-retiring = Verifies only
page-admin-key-from = Signs from
page-admin-key-until = Signs until
page-admin-key-verifies = Verifies until
page-admin-events-what = The last { $count } security events of this server since it started. Your logs have all of them.
page-admin-events-none = No events since this server started.
page-admin-event-time = Time
page-admin-event-what = Event
page-admin-event-app = App
page-admin-event-network = Network
page-admin-event-by = By
page-admin-event-done = Done
page-admin-event-refused = Refused
page-admin-event-reason = Reason
page-admin-act-sign-up = Account created
page-admin-act-link = Link from an email
page-admin-act-login = Login
page-admin-act-refresh = Login refreshed
page-admin-act-access = Access to an account
page-admin-act-limit = Limit reached
page-admin-act-logout = Logout
page-admin-act-logout-everywhere = Logout everywhere
page-admin-act-logout-everybody = All users logged out
page-admin-act-record-change = Profile changed
page-admin-act-password-change = Password changed
page-admin-act-password-reset = Password reset
page-admin-act-address-change = Email address changed
page-admin-act-account-link = Provider connected
page-admin-act-account-unlink = Provider disconnected
page-admin-act-user-create = User created
page-admin-act-user-disable = User disabled
page-admin-act-user-enable = User enabled
page-admin-act-user-delete = User deleted
page-admin-act-users-import = Users imported
page-admin-act-users-export = Users exported
page-admin-act-role-change = Role changed
page-admin-act-rehash = Password hash renewed
page-admin-act-keys-generate = Keys generated
page-admin-act-keys-rotate = Keys rotated
page-admin-act-keys-prune = Old keys removed
page-admin-act-keys-change = Key folder changed
page-admin-act-client-authentication = App not authenticated
page-admin-act-client-credentials = Tokens for an app
page-admin-act-token-exchange = Token exchanged
page-admin-act-proof = Proof of a key
page-admin-act-user-invite = User invited
page-admin-act-password-link = Password link sent
page-admin-act-factor-add = Verification method added
page-admin-act-factor-remove = Verification method removed
page-admin-act-recovery-codes-create = Recovery codes created
page-admin-act-recovery-code-use = Recovery code used
page-admin-act-factors-reset = Two-step verification reset
page-admin-act-keys-reseal = Stored secrets sealed again
page-admin-act-passkey-cloned = Passkey may be copied
page-admin-log-out = Log out everywhere
page-admin-nav = Administration
page-admin-factors = Two-step verification
page-admin-factor-passkey = Passkey
page-admin-factor-totp = Authenticator app
page-admin-factor-recovery = Recovery codes
page-admin-key-retired = Retired
page-admin-providers = Providers
page-admin-apps = Apps
page-admin-none = None
page-admin-request = Request ID
page-admin-session = Login ID
page-account-connect = Connect { $provider }
page-account-connected-done = { $provider } is connected. You can now log in with it.
page-account-connected-taken = This account is already connected to another account at { $host }.
page-account-other-user = This was started for another account, so nothing has changed. Check your account and try again.
