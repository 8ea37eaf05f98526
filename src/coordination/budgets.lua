-- Checks and charges the budgets of one attempt, or refunds charges, by GCRA as the table of one node does.
-- ARGV[1]: the time in microseconds, or '' for the clock of the server in whole seconds.
-- ARGV[2]: 'check', 'charge' or 'refund'.
-- ARGV[3]: the serial number of entries that a charge creates.
-- Then for each budget: its role, '1' if the caller has a key, the emission interval and the burst tolerance in
-- microseconds. For a refund: the serial number of the charge in place of the role.
-- The value of a key: the time at which the budget is full again, and the serial number.
local now = tonumber(ARGV[1]) or redis.call('TIME')[1] * 1000000
local mode, serial = ARGV[2], ARGV[3]
local budgets, keys = {}, 0
for at = 4, #ARGV, 4 do
    local budget = { role = ARGV[at], interval = tonumber(ARGV[at + 2]), tolerance = tonumber(ARGV[at + 3]) }
    if ARGV[at + 1] == '1' then
        keys = keys + 1
        budget.key = KEYS[keys]
    end
    budgets[#budgets + 1] = budget
end

local function read(key)
    local full_at, charged = string.match(redis.call('GET', key) or '', '^(%d+) (.+)$')
    return tonumber(full_at), charged
end

local function write(key, full_at, charged)
    -- An entry ends when its budget is full, which is within the window.
    redis.call('SET', key, string.format('%.0f %s', full_at, charged), 'PX', math.ceil((full_at - now) / 1000))
end

if mode == 'refund' then
    for _, budget in ipairs(budgets) do
        local full_at, charged = read(budget.key)
        if charged == budget.role then
            full_at = full_at - budget.interval
            if full_at <= now then
                redis.call('DEL', budget.key)
            else
                write(budget.key, full_at, charged)
            end
        end
    end
    return { 0 }
end

local charges = {}

-- Returns the time to wait, or 0 and plans the charge. Nothing is charged unless all budgets allow the attempt.
local function attempt(budget)
    if not budget.key then
        return 0
    end
    local full_at, charged = read(budget.key)
    if not full_at or full_at <= now then
        full_at, charged = now, serial
    end
    local wait = full_at - now - budget.tolerance
    if wait > 0 then
        return wait
    end
    charges[#charges + 1] = { key = budget.key, full_at = full_at + budget.interval, serial = charged }
    return 0
end

local index = 1
while index <= #budgets do
    local refusing = index
    local wait = attempt(budgets[index])
    local fallback = budgets[index + 1]
    if fallback and (fallback.role == 'throughout' or fallback.role == 'once_refused') then
        index = index + 1
        if fallback.role == 'throughout' or wait > 0 then
            wait = math.min(wait, attempt(fallback))
        end
    end
    if wait > 0 then
        return { refusing, wait }
    end
    index = index + 1
end

local result = { 0 }
if mode == 'charge' then
    for _, charge in ipairs(charges) do
        write(charge.key, charge.full_at, charge.serial)
        result[#result + 1] = charge.key
        result[#result + 1] = charge.serial
    end
end
return result
