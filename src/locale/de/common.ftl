# Was Mails und Seiten gemeinsam haben.

minutes = { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}
hours = { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}
seconds = { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}
