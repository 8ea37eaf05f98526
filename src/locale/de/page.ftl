# Was Seiten sagen. `$host` ist der Ort dieses Dienstes und steht in jedem Satz bereit.

## Was mehrere Seiten gemeinsam haben

page-back = Zurück zur App
page-cancel = Abbrechen
page-continue = Weiter
page-continue-with = Weiter mit { $provider }
page-email = E-Mail-Adresse
page-send-link = Link senden

page-email-form = Bitte geben Sie eine Adresse der Form name@example.com ein.
page-email-too-long = Bitte prüfen Sie die Adresse: Sie darf höchstens 254 Zeichen lang sein, davon 64 vor dem @.
page-email-local-part = Bitte prüfen Sie, was vor dem @ steht: Dort dürfen nur Buchstaben ohne Umlaute, Ziffern und !#$%&'*+-/=?^_`{"{"}|{"}"}~. stehen.
page-email-domain = Bitte prüfen Sie, was nach dem @ steht: Es muss ein Name wie example.com sein.

page-token-missing = Diese Seite braucht den Link aus Ihrem Postfach. Bitte öffnen Sie ihn dort noch einmal.
page-token-no-script = Der Link lässt sich nur mit JavaScript lesen, das in diesem Browser ausgeschaltet ist. Bitte schalten Sie es für { $host } ein und öffnen Sie den Link aus Ihrem Postfach noch einmal.
page-only-if-asked = Bitte tun Sie das nur, wenn Sie gerade selbst darum gebeten haben.
page-not-asked = Wenn Sie nicht darum gebeten haben, schließen Sie diese Seite. Es hat sich nichts geändert, und dabei bleibt es.

## Die Wege zur Anmeldung

page-chooser-title = Anmelden
page-chooser-client = Wählen Sie, wie Sie sich bei { $client } anmelden möchten.
page-chooser-ways = Wählen Sie, wie Sie sich anmelden möchten.
page-chooser-none = Hier ist noch kein Weg zur Anmeldung eingerichtet.
page-chooser-none-help = Wer { $host } betreibt, kann das ändern.

page-repost-title = Einen Moment
page-repost = Sie werden gerade angemeldet. Wenn nichts geschieht, drücken Sie den Knopf.

## Anmeldung über einen Anbieter, der für keine Adresse bürgt

page-address-title = Wie lautet Ihre E‑Mail-Adresse?
page-address-why = { $provider } hat uns keine Adresse genannt, auf die wir uns verlassen können. Wir senden einen Link an die, die Sie hier eingeben; wenn Sie ihn öffnen, ist die Anmeldung fertig.
page-address-or-not = Wenn Sie sich nicht mit { $provider } anmelden wollten, schließen Sie einfach diese Seite.

page-sent-title = Schauen Sie in Ihr Postfach
page-sent = Wenn die Adresse stimmt, ist eine Nachricht an Sie unterwegs. Öffnen Sie den Link darin in diesem Browser, um mit { $provider } weiterzumachen.
page-sent-nothing = Nach ein paar Minuten noch nichts da? Schauen Sie in den Spam-Ordner, oder gehen Sie dorthin zurück, woher Sie kamen, und beginnen Sie von vorn.

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
