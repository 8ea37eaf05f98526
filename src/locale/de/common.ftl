# Zeitdauern, für E-Mails und Seiten.

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
days = { $count ->
    [one] einen Tag
   *[other] { $count } Tage
}
