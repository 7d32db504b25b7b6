local kit = require("kit")

local T = {}

--- A program in place of opencode-lsp that says this.
local function program(version, doctor)
  local path = vim.fn.tempname()
  kit.write(path, ([[#!/bin/sh
case $1 in
  --version) echo 'opencode-lsp %s';;
  doctor) echo "$@" > %s.arguments
    for last; do :; done
    [ -f "$last" ] && cp -p "$last" %s.settings
    cat <<'END'
%s
END
  ;;
esac
]]):format(version, path, path, doctor))
  vim.uv.fs_chmod(path, tonumber("700", 8))
  return path
end

local function check(options)
  require("opencode_lsp.config").set(options)
  vim.cmd("silent checkhealth opencode_lsp")
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function has(text, part)
  assert(text:find(part, 1, true), part .. " is not in\n" .. text)
end

T["all is well"] = function()
  local report = '{"server": "http://127.0.0.1:4096", "version": "1.18.34", "found_by": "settings", "project": "/p"}'
  local text = check({ cmd = { program("99.0.0", report) }, server = { password = "secret" } })
  has(text, "99.0.0")
  has(text, "http://127.0.0.1:4096, opencode 1.18.34, by settings")
  has(text, "project /p")
  has(text, "found nothing wrong")
  assert(not text:find("secret"))
end

T["the doctor gets the settings, in a file for this user only"] = function()
  local path = program("99.0.0", "{}")
  check({ cmd = { path }, server = { password = "secret" } })
  kit.eq({ server = { password = "secret" } }, vim.json.decode(table.concat(vim.fn.readfile(path .. ".settings"))))
  kit.eq(tonumber("600", 8), vim.uv.fs_stat(path .. ".settings").mode % 512)
  local given = vim.fn.readfile(path .. ".arguments")[1]:match("%-%-settings (%S+)")
  kit.eq(nil, vim.uv.fs_stat(given))
end

T["what is wrong is said"] = function()
  local report = '{"problem": "no opencode", "warning": "plain http", "settings": ["`server.x` is not a setting"]}'
  local text = check({ cmd = { program("0.0.1", report) } })
  has(text, "0.0.1, this plugin needs")
  has(text, "no opencode")
  has(text, "plain http")
  has(text, "`server.x` is not a setting")
  has(text, "no client is running")
end

T["a program that is missing, or another one"] = function()
  has(check({ cmd = { "no-such-opencode-lsp" } }), "not a program on the PATH")
  has(check({ cmd = { vim.fn.exepath("true") } }), "is not an opencode-lsp")
  has(check({ cmd = { program("99.0.0", "no JSON") } }), "nothing that can be read")
end

return T
