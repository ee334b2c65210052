-- SPDX-License-Identifier: Apache-2.0
-- The document of json.fg.

local cjson = require("cjson")
local ffi = require("ffi")
ffi.cdef [[
typedef struct { long sec; long nsec; } instant;
int clock_gettime(int clock, instant *at);
]]

local at = ffi.new("instant")

local function now() -- milliseconds
    ffi.C.clock_gettime(1, at)
    return tonumber(at.sec) * 1e3 + tonumber(at.nsec) / 1e6
end

local names = { "Ada", "Grace", "Edsger", "Donald", "Barbara", "Ken", "Radia", "Leslie" }
local words = { "fast", "small", '"quoted"', "green", "caf\195\169", "line\nbreak", "plain", "round" }
local seed = 42

local function draw(n)
    seed = seed * 16807 % 2147483647
    return seed % n
end

local function record(i)
    return {
        id = i,
        name = names[draw(8) + 1] .. " " .. names[draw(8) + 1],
        email = "user" .. draw(100000) .. "@example.com",
        active = draw(2) == 1,
        score = draw(1000000) / 100,
        tags = { words[draw(8) + 1], words[draw(8) + 1], words[draw(8) + 1] },
        place = { street = draw(200) .. " Main Street", zip = "" .. 10000 + draw(80000),
            at = { draw(9000) / 100, draw(18000) / 100 } },
        parent = cjson.null,
        counts = { draw(10), draw(1000), draw(100000), draw(10000000) },
        text = "The quick brown fox jumps over the lazy dog and " .. words[draw(8) + 1] .. " things happen.",
    }
end

local function row(name, rounds, work)
    local last = work()
    local start = now()
    for _ = 1, rounds do last = work() end
    print(name .. "\t" .. now() - start .. "\t" .. rounds .. "\t" .. tostring(last))
end

local records = {}
for i = 0, 3399 do records[#records + 1] = record(i) end
local text = cjson.encode(records)

row("json.parse, 1 MB", 20, function() return cjson.decode(text)[3400].email end)
row("json.stringify, 1 MB", 20, function() return #cjson.encode(records) > 1000000 end)
