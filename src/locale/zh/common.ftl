# 邮件和页面共用的文字。

minutes = { $count } 分钟
hours = { $count } 小时
seconds = { $count } 秒
