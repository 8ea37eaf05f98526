# What mails and pages share.

minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
