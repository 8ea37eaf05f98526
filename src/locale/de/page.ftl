# Was Seiten sagen. `$host` ist der Ort dieses Dienstes und steht in jedem Satz bereit.

## Was mehrere Seiten gemeinsam haben

page-back = Zurück zur App
page-cancel = Abbrechen
page-continue = Weiter
page-continue-with = Weiter mit { $provider }
page-email = E-Mail-Adresse
page-send-link = Link senden
page-another-link = Neuen Link anfordern
page-back-to-login = Zurück zur Anmeldung
page-login = Anmelden
page-name = Name
page-optional = (freiwillig)
page-password = Passwort
page-password-new = Neues Passwort
page-show = Anzeigen
page-show-password = Passwort anzeigen

page-password-missing = Bitte geben Sie ein Passwort ein.
page-password-too-long = Bitte wählen Sie ein kürzeres Passwort.
page-password-too-short = Bitte wählen Sie ein längeres Passwort: Es muss mindestens { $count } Zeichen haben.
page-password-common = Bitte wählen Sie ein anderes Passwort: Dieses würde jeder als eines der ersten versuchen.
page-password-contains-email = Dieses Passwort enthält Ihre E-Mail-Adresse. Wählen Sie ein anderes.
page-password-contains-service = Dieses Passwort enthält den Namen dieses Dienstes. Wählen Sie ein anderes.
page-password-guessable = Dieses Passwort ist zu leicht zu erraten. Verwenden Sie mehrere Wörter, die nicht zusammengehören.
page-name-empty = Bitte geben Sie einen Namen ein oder lassen Sie das Feld leer.
page-name-too-long = Bitte geben Sie einen kürzeren Namen mit höchstens 200 Zeichen ein.
page-name-forbidden = Bitte geben Sie einen Namen in einer Zeile und ohne Steuerzeichen ein.

page-email-form = Bitte geben Sie eine Adresse der Form name@example.com ein.
page-email-too-long = Bitte prüfen Sie die Adresse: Sie darf höchstens 254 Zeichen lang sein, davon 64 vor dem @.
page-email-local-part = Bitte prüfen Sie, was vor dem @ steht: Dort dürfen nur Buchstaben ohne Umlaute, Ziffern und !#$%&'*+-/=?^_`{"{"}|{"}"}~. stehen.
page-email-domain = Bitte prüfen Sie, was nach dem @ steht: Es muss ein Name wie example.com sein.

page-token-missing = Diese Seite braucht den Link aus Ihrem Postfach. Bitte öffnen Sie ihn dort noch einmal.
page-token-no-script = Der Link lässt sich nur mit JavaScript lesen, das in diesem Browser ausgeschaltet ist. Bitte schalten Sie es für { $host } ein und öffnen Sie den Link aus Ihrem Postfach noch einmal.
page-only-if-asked = Bitte tun Sie das nur, wenn Sie gerade selbst darum gebeten haben.
page-not-asked = Wenn Sie nicht darum gebeten haben, schließen Sie diese Seite. Es hat sich nichts geändert, und dabei bleibt es.

## Die Wege zur Anmeldung

page-front = Um sich bei { $host } anzumelden, öffnen Sie die App, die Sie nutzen möchten: Sie führt Sie hierher.
page-login-title = Anmelden
page-login-client = Sie melden sich bei { $client } an.
page-login-forgot = Passwort vergessen?
page-login-link = Link per E-Mail senden
page-login-link-instead = Lieber einen Link per E-Mail
page-login-link-opened = Ein Druck auf den Knopf, und Sie sind bei { $host } angemeldet.
page-login-or = oder
page-login-sign-up = Konto anlegen
page-login-wrong = Diese Adresse und dieses Passwort gehören nicht zusammen. Bitte versuchen Sie es noch einmal.
page-login-none = Hier ist noch kein Weg zur Anmeldung eingerichtet.
page-login-none-help = Wer { $host } betreibt, kann das ändern.

page-ask-first-title = Anmelden
page-ask-first = Sie sind dabei, sich bei { $client } anzumelden.
page-ask-first-if-begun = Bitte machen Sie nur weiter, wenn Sie selbst damit begonnen haben.

page-repost-title = Einen Moment
page-repost = Sie werden gerade angemeldet. Wenn nichts geschieht, drücken Sie den Knopf.

## Anmeldung über einen Anbieter, der für keine Adresse bürgt

page-address-title = Wie lautet Ihre E‑Mail-Adresse?
page-address-why = { $provider } hat uns keine Adresse genannt, auf die wir uns verlassen können. Wir senden einen Link an die, die Sie hier eingeben; wenn Sie ihn öffnen, ist die Anmeldung fertig.
page-address-or-not = Wenn Sie sich nicht mit { $provider } anmelden wollten, schließen Sie einfach diese Seite.

page-mailed-title = Schauen Sie in Ihr Postfach
page-mailed = Wenn die Adresse stimmt, ist eine Nachricht an Sie unterwegs.
page-mailed-for-here = Öffnen Sie den Link darin in diesem Browser, um weiterzumachen.
page-mailed-for-anywhere = Öffnen Sie den Link darin, um weiterzumachen.
page-mailed-nothing = Nach ein paar Minuten noch nichts da? Schauen Sie in den Spam-Ordner, oder gehen Sie zurück und prüfen Sie die Adresse.
page-mailed-back = Zurück

## Vergessene Passwörter und neue Konten

page-forgot-title = Passwort vergessen?
page-forgot = Geben Sie Ihre Adresse ein. Wir senden Ihnen einen Link, über den Sie ein neues Passwort wählen können.

page-sign-up-title = Konto anlegen
page-sign-up = Geben Sie Ihre Adresse ein. Wir senden Ihnen einen Link, über den Sie ein Passwort wählen können.
page-sign-up-or-log-in = Ich habe schon ein Konto

## Wohin gemailte Links führen

page-choose-password-title = Wählen Sie ein Passwort
page-choose-password = Damit ist Ihre Adresse bestätigt und Ihr Konto angelegt.
page-choose-password-do = Konto anlegen
page-new-password-title = Wählen Sie ein neues Passwort
page-new-password = Von da an melden Sie sich damit an. Wo Sie jetzt angemeldet sind, werden Sie abgemeldet.
page-new-password-do = Passwort festlegen
page-password-hint = Mindestens { $count } Zeichen. Einige Wörter hintereinander sind leicht zu merken und schwer zu erraten.

page-confirm-address-title = Bestätigen Sie Ihre neue Adresse
page-confirm-address = Ein Druck auf den Knopf, und diese Adresse ist die Ihres Kontos bei { $host }. Sie werden dann überall abgemeldet. Die E-Mail nennt die Adresse, die dadurch ersetzt wird: Fahren Sie nur fort, wenn auch diese Ihre ist.
page-confirm-address-do = Adresse bestätigen

page-signed-up-title = Ihr Konto ist bereit
page-signed-up = Von nun an können Sie sich bei { $host } anmelden.
page-password-reset-title = Ihr neues Passwort gilt
page-password-reset = Sie sind überall abgemeldet. Melden Sie sich von nun an mit dem neuen Passwort an.
page-address-changed-title = Ihre neue Adresse ist bestätigt
page-address-changed = Sie sind überall abgemeldet. Melden Sie sich von nun an mit der neuen Adresse an.

page-finish-title = Anmelden mit { $provider }
page-finish = Ein Druck auf den Knopf, und Sie sind angemeldet. Von nun an können Sie sich bei { $host } mit { $provider } anmelden.
page-finish-do = Von nun an mit { $provider } anmelden

page-link-title = Sie haben schon ein Konto
page-link-why = Bei { $host } gibt es ein Konto mit dieser Adresse, und es kennt { $provider } noch nicht.
page-link-how = Melden Sie sich wie gewohnt an und fügen Sie { $provider } in Ihren Einstellungen hinzu. Danach kommen Sie auch damit hinein.

## Was nicht weitergeht

page-app-title = Diese Anmeldung konnte nicht beginnen
page-app = Die App, die Sie hierher geschickt hat, hat um etwas gebeten, das { $host } nicht kann. Gehen Sie zu ihr zurück und versuchen Sie es noch einmal. Wenn das nicht hilft, sagen Sie denen, die sie machen:

page-over-title = Bitte beginnen Sie von vorn
page-over = Eine Anmeldung lässt sich nur einmal und nur für kurze Zeit abschließen. Diese ist vorbei: Vielleicht ist sie schon abgeschlossen, oder es hat zu lange gedauert.
page-over-again = Gehen Sie dorthin zurück, woher Sie kamen, und melden Sie sich noch einmal an.

page-other-browser-title = Diese Anmeldung hat anderswo begonnen
page-other-browser = Zu Ihrer Sicherheit lässt sich eine Anmeldung nur in dem Browser abschließen, in dem sie begonnen hat. Öffnen Sie das hier dort, oder gehen Sie dorthin zurück, woher Sie kamen, und beginnen Sie von vorn.
page-other-browser-cookies = Wenn es eben dieser Browser war, lehnt er vielleicht Cookies ab.

page-link-over-title = Dieser Link gilt nicht mehr
page-link-over = Ein Link aus einer E-Mail lässt sich nur einmal und nur für kurze Zeit verwenden. Dieser wurde schon verwendet, ist durch etwas anderes hinfällig geworden, das Sie seither getan haben, oder ist zu alt.
page-link-over-again = Wenn Sie ihn noch brauchen, fordern Sie einen neuen an.

page-opened-elsewhere-title = Dieser Link gehört woandershin
page-opened-elsewhere = Zu Ihrer Sicherheit gilt er nur in der App oder in dem Browser, in dem Sie ihn angefordert haben. Öffnen Sie ihn dort.
page-opened-elsewhere-or = Oder fordern Sie hier einen neuen an.

page-foreign-form-title = Das kam nicht von unserer Seite
page-foreign-form = Zu Ihrer Sicherheit nehmen wir Eingaben nur von unseren eigenen Seiten an. Gehen Sie dorthin zurück, woher Sie kamen, und beginnen Sie von vorn.

page-no-such-provider-title = Diesen Weg zur Anmeldung gibt es nicht
page-no-such-provider = Diesen Weg zur Anmeldung gibt es bei { $host } nicht. Gehen Sie dorthin zurück, woher Sie kamen, und wählen Sie einen anderen.

page-too-often-title = Ein wenig Geduld, bitte
page-too-often = Das wurde in kurzer Zeit sehr oft versucht. Damit die Konten sicher bleiben, lassen wir es langsamer angehen.

page-away-title = { $provider } ist nicht erreichbar
page-away = { $provider } antwortet uns im Moment nicht, deshalb können Sie sich so gerade nicht anmelden. Andere Wege zur Anmeldung sind nicht betroffen.
page-other-service = Der andere Dienst

page-busy-title = Gerade geht es nicht
page-busy = Im Moment können wir das nicht tun. Das liegt an uns, nicht an Ihnen.

page-broken-title = Hier ist etwas schiefgegangen
page-broken = Der Fehler liegt bei uns und ist vermerkt. Sie haben nichts falsch gemacht.

page-again-soon = Bitte versuchen Sie es gleich noch einmal.
page-again-in = Bitte versuchen Sie es in { $wait } noch einmal.
page-again-in-about = Bitte versuchen Sie es in etwa { $wait } noch einmal.

page-ask-for-help = Wenn Sie um Hilfe bitten, nennen Sie bitte:
