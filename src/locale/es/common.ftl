# Duraciones, para correos y páginas.

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
