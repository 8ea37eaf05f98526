# What pages say. `$host` is where this service is, and stands ready in every sentence.

## What several pages share

page-back = Back to the app
page-cancel = Cancel
page-continue = Continue
page-continue-with = Continue with { $provider }
page-email = E-mail address
page-send-link = Send the link

page-email-form = Please enter an address of the form name@example.com.
page-email-too-long = Please check the address: it may have 254 characters at most, 64 of them before the @.
page-email-local-part = Please check what is before the @: only letters, digits and !#$%&'*+-/=?^_`{"{"}|{"}"}~. can be there.
page-email-domain = Please check what is after the @: it must be a name such as example.com.

page-token-missing = This page needs the link from your mailbox. Please open it there once more.
page-token-no-script = The link can only be read with JavaScript, which is turned off in this browser. Please turn it on for { $host }, then open the link from your mailbox once more.
page-only-if-asked = Please do so only if you just asked for it yourself.
page-not-asked = If you did not ask for this, close the page. Nothing has changed, and nothing will.

## The ways to log in

page-chooser-title = Log in
page-chooser-client = Choose how you would like to log in to { $client }.
page-chooser-ways = Choose how you would like to log in.
page-chooser-none = No way to log in here has been set up yet.
page-chooser-none-help = Whoever runs { $host } can change that.

page-repost-title = One moment
page-repost = You are being logged in. If nothing happens, press the button.

## A login by a provider that vouches for no address

page-address-title = What is your e‑mail address?
page-address-why = { $provider } did not give us an address that we can rely on. We send a link to the one you enter here; opening it completes your login.
page-address-or-not = If you did not want to log in with { $provider }, just close this page.

page-sent-title = Look into your mailbox
page-sent = If the address is right, a message is on its way to you. Open the link in it in this browser to go on with { $provider }.
page-sent-nothing = Nothing there after a few minutes? Look into the folder for spam, or go back to where you came from and start again.

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
