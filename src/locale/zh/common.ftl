# 时长和日期，用于邮件和页面。

minutes = { $count } 分钟
hours = { $count } 小时
seconds = { $count } 秒
days = { $count } 天
date = { $year }年{ $month }月{ $day }日
