# Zeitdauern und Daten, für E-Mails und Seiten.

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
date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }
