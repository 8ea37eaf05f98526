# What pages say. `$host` is where this service is, and stands ready in every sentence.

## What several pages share

page-back = Back to the app
page-cancel = Cancel
page-continue = Continue
page-continue-with = Continue with { $provider }
page-email = E-mail address
page-send-link = Send the link
page-another-link = Ask for a new link
page-back-to-login = Back to the login
page-login = Log in
page-name = Name
page-optional = (optional)
page-password = Password
page-password-new = New password
page-show = Show
page-show-password = Show password

page-password-missing = Please enter a password.
page-password-too-long = Please choose a shorter password.
page-password-too-short = Please choose a longer password: it must have at least { $count } characters.
page-password-common = Please choose another password: this is one of the first that anybody would try.
page-password-contains-email = This password contains your email. Choose another one.
page-password-contains-service = This password contains the name of this service. Choose another one.
page-password-guessable = This password is too easy to guess. Use several words that don’t belong together.
page-name-empty = Please enter a name, or leave the field empty.
page-name-too-long = Please enter a shorter name, of 200 characters at most.
page-name-forbidden = Please enter a name on one line, without control characters.

page-email-form = Please enter an address of the form name@example.com.
page-email-too-long = Please check the address: it may have 254 characters at most, 64 of them before the @.
page-email-local-part = Please check what is before the @: only letters, digits and !#$%&'*+-/=?^_`{"{"}|{"}"}~. can be there.
page-email-domain = Please check what is after the @: it must be a name such as example.com.

page-token-missing = This page needs the link from your mailbox. Please open it there once more.
page-token-no-script = The link can only be read with JavaScript, which is turned off in this browser. Please turn it on for { $host }, then open the link from your mailbox once more.
page-only-if-asked = Please do so only if you just asked for it yourself.
page-not-asked = If you did not ask for this, close the page. Nothing has changed, and nothing will.

## The ways to log in

page-front = To log in at { $host }, open the app that you want to use: it brings you here.
page-login-title = Log in
page-login-client = You are logging in to { $client }.
page-login-forgot = Forgotten your password?
page-login-link = Mail me a link
page-login-link-instead = Mail me a link instead
page-login-link-opened = One press, and you are logged in to { $host }.
page-login-or = or
page-login-sign-up = Create an account
page-login-wrong = This address and this password do not belong together. Please try again.
page-login-none = No way to log in here has been set up yet.
page-login-none-help = Whoever runs { $host } can change that.

page-ask-first-title = Log in
page-ask-first = You are about to log in to { $client }.
page-ask-first-if-begun = Please go on only if you began this yourself.

page-repost-title = One moment
page-repost = You are being logged in. If nothing happens, press the button.

## A login by a provider that vouches for no address

page-address-title = What is your e‑mail address?
page-address-why = { $provider } did not give us an address that we can rely on. We send a link to the one you enter here; opening it completes your login.
page-address-or-not = If you did not want to log in with { $provider }, just close this page.

page-mailed-title = Look into your mailbox
page-mailed = If the address is right, a message is on its way to you.
page-mailed-for-here = Open the link in it in this browser to go on.
page-mailed-for-anywhere = Open the link in it to go on.
page-mailed-nothing = Nothing there after a few minutes? Look into the folder for spam, or go back and check the address.
page-mailed-back = Go back

## Forgotten passwords, and new accounts

page-forgot-title = Forgotten your password?
page-forgot = Enter your address. We send you a link by which you can choose a new password.

page-sign-up-title = Create an account
page-sign-up = Enter your address. We send you a link by which you can choose a password.
page-sign-up-or-log-in = I have an account already

## Where mailed links lead

page-choose-password-title = Choose a password
page-choose-password = Your address is confirmed with this, and your account is created.
page-choose-password-do = Create the account
page-new-password-title = Choose a new password
page-new-password = You log in with it from then on. Wherever you are logged in now, you will be logged out.
page-new-password-do = Set the password
page-password-hint = At least { $count } characters. A few words in a row are easy to remember and hard to guess.

page-confirm-address-title = Confirm your new address
page-confirm-address = One press, and this address is that of your account at { $host }. You will be logged out everywhere. The mail names the address that it replaces: go on only if that is yours too.
page-confirm-address-do = Confirm the address

page-signed-up-title = Your account is ready
page-signed-up = You can log in at { $host } from now on.
page-password-reset-title = Your new password is set
page-password-reset = You are logged out everywhere. Log in with the new password from now on.
page-address-changed-title = Your new address is confirmed
page-address-changed = You are logged out everywhere. Log in with the new address from now on.

page-finish-title = Log in with { $provider }
page-finish = One press and you are logged in. From now on you can log in at { $host } with { $provider }.
page-finish-do = Log in with { $provider } from now on

page-link-title = You have an account already
page-link-why = There is an account with this address at { $host }, and it does not know { $provider } yet.
page-link-how = Log in the way you usually do, then add { $provider } in your settings. After that it gets you in as well.

## What does not go on

page-app-title = This login could not be started
page-app = The app that sent you here asked for something that { $host } cannot do. Go back to it and try once more. If that does not help, tell the people who make it:

page-over-title = Please start again
page-over = A login can be finished once, and only for a short time. This one is over: it may have been finished already, or it took too long.
page-over-again = Go back to where you came from and log in once more.

page-other-browser-title = This login began elsewhere
page-other-browser = For your safety, a login can only be finished in the browser in which it began. Open this there, or go back to where you came from and start again.
page-other-browser-cookies = If it was this very browser, it may be set to refuse cookies.

page-link-over-title = This link is no good any more
page-link-over = A link from a mail can be used once, and only for a short time. This one has been used, ended by something else you did since, or become too old.
page-link-over-again = If you still need it, ask for a new one.

page-opened-elsewhere-title = This link belongs elsewhere
page-opened-elsewhere = For your safety, it works only in the app or the browser in which you asked for it. Open it there.
page-opened-elsewhere-or = Or ask for a new one here.

page-foreign-form-title = This did not come from our page
page-foreign-form = For your safety, we take entries from our own pages alone. Go back to where you came from and start again.

page-no-such-provider-title = No such way to log in
page-no-such-provider = There is no such way to log in at { $host }. Go back to where you came from and choose another.

page-too-often-title = A little patience, please
page-too-often = This was tried many times in a short while, so we are slowing down to keep accounts safe.

page-away-title = { $provider } cannot be reached
page-away = { $provider } does not answer us at the moment, so you cannot log in that way. Other ways to log in are not affected.
page-other-service = The other service

page-busy-title = Not right now
page-busy = We cannot do this at the moment. The trouble is ours, not yours.

page-broken-title = Something went wrong here
page-broken = The fault is ours, and it has been noted. Nothing is wrong with what you did.

page-again-soon = Please try again in a moment.
page-again-in = Please try again in { $wait }.
page-again-in-about = Please try again in about { $wait }.

page-ask-for-help = If you ask for help, please mention:
