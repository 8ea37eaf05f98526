# 邮件文字。$host：发送邮件的服务。$to：收件人。$time：链接的有效时长。$provider：登录服务的名称。
# $address：更换邮箱时的另一个邮箱。$removed：已移除账号所属的登录服务名称。

mail-page-button = 前往 { $host }
mail-security-button = 保护您的账号
mail-copy = 按钮没有反应？请将此链接复制到浏览器中打开：
mail-footer = 此邮件由 { $host } 发送至 { $to }。
mail-list-separator = 、
mail-passkeys = 通行密钥
mail-code-label = 或在获取此邮件的地方输入验证码：

confirm-sign-up-subject = 请验证您在 { $host } 的注册邮箱
confirm-sign-up-preheader = 设置密码即可完成注册。链接在 { $time }内有效。
confirm-sign-up-text = 欢迎！请验证邮箱并设置密码，完成账号注册。
confirm-sign-up-button = 设置密码
confirm-sign-up-note = 此链接在 { $time }内有效。没有申请注册？请忽略此邮件，我们没有保存任何信息。

already-signed-up-subject = 您在 { $host } 已有账号
already-signed-up-preheader = 照常登录即可。
already-signed-up-text = 有人（可能是您本人）想用此邮箱在 { $host } 注册账号。此邮箱已有账号，无需再次验证，照常登录即可。
already-signed-up-button = 登录
already-signed-up-note = 不是您本人？请忽略此邮件，没有任何更改。

no-account-subject = 此邮箱在 { $host } 没有账号
no-account-preheader = 请尝试其他邮箱或其他登录方式。
no-account-text = 有人（可能是您本人）向 { $host } 申请了登录链接或重设密码的链接。没有可以用此邮箱登录的账号。
no-account-note = 如果是您本人，请尝试其他邮箱或其他登录方式。如果不是，请忽略此邮件，没有任何更改。

confirm-account-subject = 请验证您在 { $host } 的邮箱
confirm-account-preheader = 完成使用 { $provider } 的登录。链接在 { $time }内有效。
confirm-account-text = 欢迎！请验证邮箱，完成使用 { $provider } 的登录。请在您开始登录的浏览器中打开链接。
confirm-account-button = 验证邮箱
confirm-account-note = 此链接在 { $time }内有效。没有使用 { $provider } 登录？请忽略此邮件，我们没有保存任何信息。

account-joined-subject = { $host } 新增了登录方式
account-joined-preheader = { $provider } 已可用于登录您的账号。不是您本人？请查看处理方法。
account-joined-text = 现在可以使用 { $provider } 登录 { $host }。刚才有人用绑定此邮箱的 { $provider } 账号登录了。
account-joined-button = { mail-security-button }
account-joined-note = 不是您本人？请照常登录，解除与 { $provider } 的关联，并检查您的 { $provider } 账号是否安全。

account-linked-subject = { $host } 新增了登录方式
account-linked-preheader = { $provider } 已关联到您的账号。
account-linked-text = { $provider } 刚刚关联到您在 { $host } 的账号，现在可以用它登录。
account-linked-button = { mail-security-button }
account-linked-note = 不是您本人？请立即登录，解除与 { $provider } 的关联并更改密码。

account-unlinked-subject = { $host } 移除了一种登录方式
account-unlinked-preheader = { $provider } 已不能用于登录。
account-unlinked-text = { $provider } 刚刚与您在 { $host } 的账号解除了关联。您的其他设备已退出登录。
account-unlinked-button = { mail-security-button }
account-unlinked-note = 不是您本人？请立即更改密码，并检查您的登录方式。

log-in-and-link-subject = 您在 { $host } 已有账号
log-in-and-link-preheader = 请照常登录，然后关联 { $provider }。
log-in-and-link-text = 有人（可能是您本人）使用 { $provider } 登录 { $host }，并填写了此邮箱。此邮箱已有账号。
log-in-and-link-button = 登录
log-in-and-link-note = 如果是您本人，请照常登录，然后在账号设置中关联 { $provider }。如果不是，请忽略此邮件，没有任何更改。

reset-password-subject = 设置您在 { $host } 的新密码
reset-password-preheader = 链接只能使用一次，在 { $time }内有效。
reset-password-text = 请为您在 { $host } 的账号设置新密码。设置后会在所有设备上退出登录。
reset-password-button = 设置新密码
reset-password-note = 此链接只能使用一次，在 { $time }内有效。不是您本人申请的？请忽略此邮件，没有任何更改。

password-set-subject = 您在 { $host } 的密码已更新
password-set-preheader = 不是您本人？请立即重设密码。
password-set-text = 您在 { $host } 的账号刚刚设置了新密码，其他设备均已退出登录。
password-set-text-removed = { password-set-text }为安全起见，以下登录方式已被移除：{ $removed }。登录后可以重新关联。
password-set-button = { mail-security-button }
password-set-note = 不是您本人？请立即重设密码。有人知道您的旧密码，或能看到您的邮件。

confirm-address-subject = 请确认您在 { $host } 的新邮箱
confirm-address-preheader = 将替换 { $address }。链接只能使用一次，在 { $time }内有效。
confirm-address-text = 请确认在 { $host } 用此邮箱代替 { $address }。
confirm-address-button = 使用此邮箱
confirm-address-note = 此链接只能使用一次，在 { $time }内有效。切勿替他人确认。如果 { $address } 不是您的邮箱，或不是您本人申请的，请忽略此邮件，不会有任何更改。

address-taken-subject = 您在 { $host } 已有账号
address-taken-preheader = 未作任何更改。
address-taken-text = 有人（可能是您本人）想将此邮箱用于 { $host } 的另一个账号。此邮箱已有账号，因此未作更改。
address-taken-button = 登录
address-taken-note = 如果是您本人，请用此邮箱登录，或为另一个账号选择其他邮箱。如果不是，请忽略此邮件。

address-change-asked-subject = 有人申请更换您在 { $host } 的邮箱
address-change-asked-preheader = 不是您本人？您仍可取消此次更换。
address-change-asked-text = 有人（可能是您本人）申请将您在 { $host } 的账号邮箱更换为 { $address }。新邮箱确认后即会生效。
address-change-asked-button = { mail-security-button }
address-change-asked-note = 不是您本人？请立即更改密码，或在所有设备上退出登录，两者都会取消此次更换。

address-changed-subject = 您在 { $host } 的邮箱已更换
address-changed-preheader = 新邮箱为 { $address }。不是您本人？请立即联系我们。
address-changed-text = 您在 { $host } 的账号邮箱已由此邮箱更换为 { $address }，并已在所有设备上退出登录。请使用新邮箱登录。
address-changed-text-removed = { address-changed-text }为安全起见，以下登录方式已被移除：{ $removed }。登录后可以重新关联。
address-changed-button = { mail-security-button }
address-changed-note = 不是您本人？请立即联系 { $host } 的管理员。

factor-added-subject = 您在 { $host } 设置了身份验证器应用
factor-added-preheader = 今后登录还需要应用中的验证码。
factor-added-text = 您在 { $host } 的账号刚刚设置了身份验证器应用，今后登录还需要其中的验证码。您的其他设备已退出登录。
factor-added-button = { mail-security-button }
factor-added-note = 不是您本人？请立即重设密码，并联系 { $host } 的管理员。

factor-removed-subject = 您在 { $host } 停用了身份验证器应用
factor-removed-preheader = 不是您本人？请立即更改密码。
factor-removed-text = 您在 { $host } 的身份验证器应用刚刚停用，登录不再需要其验证码。您的其他设备已退出登录。
factor-removed-button = { mail-security-button }
factor-removed-note = 不是您本人？请立即更改密码，并重新设置两步验证。

recovery-codes-subject = 您在 { $host } 生成了新的恢复代码
recovery-codes-preheader = 之前的代码已失效。
recovery-codes-text = 您在 { $host } 的账号刚刚生成了新的恢复代码，之前的代码已失效。
recovery-codes-button = { mail-security-button }
recovery-codes-note = 不是您本人？请立即更改密码，并重新生成恢复代码。

recovery-code-used-subject = 您的 { $host } 恢复代码已被使用
recovery-code-used-preheader = 剩余代码：{ $count } 个
recovery-code-used-text = 有人（可能是您本人）刚刚使用恢复代码登录了您在 { $host } 的账号。剩余代码：{ $count } 个。
recovery-code-used-button = { mail-security-button }
recovery-code-used-note = 不是您本人？请立即更改密码，并重新生成恢复代码。

factors-reset-subject = 您在 { $host } 的两步验证已重置
factors-reset-preheader = 请在下次登录后重新设置。
factors-reset-text = { $host } 的管理员移除了您账号的通行密钥、身份验证器应用和恢复代码。您已在所有设备上退出登录。
factors-reset-button = { mail-security-button }
factors-reset-note = 不是您要求的？请立即联系 { $host } 的管理员，并更改密码。

passkey-added-subject = 您在 { $host } 添加了通行密钥
passkey-added-preheader = 不是您本人？请立即移除。
passkey-added-text = 您在 { $host } 的账号刚刚添加了通行密钥，可用于登录。您的其他设备已退出登录。
passkey-added-button = { mail-security-button }
passkey-added-note = 不是您本人？请立即登录，移除该通行密钥并更改密码。

passkey-removed-subject = 您在 { $host } 移除了通行密钥
passkey-removed-preheader = 不是您本人？请立即更改密码。
passkey-removed-text = 您在 { $host } 的账号刚刚移除了一个通行密钥，它不能再用于登录。您的其他设备已退出登录。
passkey-removed-button = { mail-security-button }
passkey-removed-note = 不是您本人？请立即更改密码，并检查您的登录方式。

log-in-subject = 您的 { $host } 登录链接
log-in-preheader = 链接只能使用一次，在 { $time }内有效。
log-in-text = 请使用此链接登录 { $host }。请在您获取它时所用的应用或浏览器中打开。
log-in-button = 登录
log-in-note = 此链接只能使用一次，在 { $time }内有效。不是您本人申请的？请忽略此邮件。没有此链接，谁也无法登录。
log-in-note-code = 链接和验证码只能使用一次，在 { $time }内有效。请勿将验证码告诉任何人，只在您申请它的地方输入。不是您本人申请的？请忽略此邮件。没有链接或验证码，谁也无法登录。

test-subject = 来自 { $host } 的测试邮件
test-preheader = 邮件发送正常。
test-text = 邮件发送正常。{ $host } 的管理员想确认这一点。
test-note = 您无需进行任何操作。
