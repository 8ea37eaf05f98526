# Duraciones y fechas, para correos y páginas.

minutes = { $count ->
    [one] un minuto
   *[other] { $count } minutos
}
hours = { $count ->
    [one] una hora
   *[other] { $count } horas
}
seconds = { $count ->
    [one] un segundo
   *[other] { $count } segundos
}
days = { $count ->
    [one] un día
   *[other] { $count } días
}
date = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
} de { $year }
