--- `:checkhealth opencode_lsp`.

local config = require("opencode_lsp.config")

local M = {}

local health = vim.health

local function editor()
  health.start("Neovim")
  local version = tostring(vim.version())
  if vim.fn.has("nvim-0.10") == 1 then
    health.ok("Neovim " .. version)
  else
    health.error("Neovim " .. version .. ", but the plugin needs 0.10")
  end
  if vim.fn.has("nvim-0.11") == 1 and vim.lsp.config.opencode == nil then
    health.error("lsp/opencode.lua is not on 'runtimepath'")
  end
end

--- How the language server is, or would be, started.
local function command()
  local client = require("opencode_lsp.rpc").client()
  local found = client and client.config
  if not found and not config.is_set and vim.fn.has("nvim-0.11") == 1 then
    found = vim.lsp.config.opencode
  end
  return found and type(found.cmd) == "table" and found.cmd or config.cmd
end

--- What a program says; nil and why, where it cannot be run.
local function run(cmd)
  local started, process = pcall(vim.system, cmd, { text = true, timeout = 20000 })
  if not started then
    return nil, tostring(process)
  end
  local result = process:wait()
  if result.code == 124 then
    return nil, "it took longer than 20 seconds"
  end
  return result
end

local function server(cmd)
  health.start("opencode-lsp")
  local path = vim.fn.exepath(cmd[1])
  if path == "" then
    health.error(("`%s` is not a program on the PATH"):format(cmd[1]), "install it, or name it with `cmd` in setup()")
    return false
  end
  local result, problem = run({ path, "--version" })
  local version = result and result.code == 0 and result.stdout:match("opencode%-lsp%s+(%d[%w.+-]*)")
  if not version then
    local what = problem or vim.trim(result.stderr ~= "" and result.stderr or result.stdout)
    health.error(("%s is not an opencode-lsp: %s"):format(path, what))
    return false
  end
  if vim.version.lt(version, config.MINIMUM) then
    health.warn(("%s is %s, this plugin needs %s"):format(path, version, config.MINIMUM), "install a newer one")
  else
    health.ok(("%s, %s"):format(path, version))
  end
  return true
end

local function clients()
  local all = vim.lsp.get_clients({ name = "opencode" })
  if #all == 0 then
    health.warn("no client is running", {
      "call require('opencode_lsp').setup(), or vim.lsp.enable('opencode') in 0.11 and newer",
      "open a file of a project",
    })
  end
  for _, client in ipairs(all) do
    local buffers = vim.tbl_count(client.attached_buffers)
    health.ok(("client %d for %s, %d buffers"):format(client.id, client.config.root_dir or "no project", buffers))
  end
end

--- The settings hold what no other user may read.
local function with_settings(settings, use)
  local path = next(settings) and vim.fn.tempname() or nil
  if path then
    vim.uv.fs_close(assert(vim.uv.fs_open(path, "wx", tonumber("600", 8))))
    vim.fn.writefile({ vim.json.encode(settings) }, path)
  end
  local ok, result, problem = pcall(use, path)
  if path then
    vim.uv.fs_unlink(path)
  end
  if not ok then
    return nil, result
  end
  return result, problem
end

local function settings_in_use()
  local client = require("opencode_lsp.rpc").client()
  local options = client and client.config.init_options or {}
  return vim.tbl_deep_extend("force", options, vim.tbl_get(client or {}, "settings", "opencode") or config.settings)
end

local function doctor(cmd)
  health.start("opencode")
  local client = require("opencode_lsp.rpc").client()
  local root = client and client.config.root_dir or vim.fn.getcwd()
  local result, problem = with_settings(settings_in_use(), function(path)
    local words = vim.list_extend({ unpack(cmd) }, { "doctor", "--json", "--directory", root })
    return run(path and vim.list_extend(words, { "--settings", path }) or words)
  end)
  local decoded, report = pcall(vim.json.decode, result and result.stdout or "", { luanil = { object = true } })
  if not decoded or type(report) ~= "table" then
    local what = problem or vim.trim(result.stderr)
    health.error("`opencode-lsp doctor` says nothing that can be read: " .. what)
    return
  end
  if report.problem then
    health.error(report.problem)
  end
  if report.warning then
    health.warn(report.warning)
  end
  for _, setting in ipairs(report.settings or {}) do
    health.warn(setting)
  end
  if report.server then
    local version = report.version and (", opencode " .. report.version) or ""
    health.info(("%s%s, by %s"):format(report.server, version, report.found_by or "?"))
  end
  if report.project then
    health.info("project " .. report.project)
  end
  for _, permission in ipairs(report.pending_permissions or {}) do
    health.info("pending: " .. permission)
  end
  if not report.problem then
    health.ok("`opencode-lsp doctor` found nothing wrong")
  end
end

function M.check()
  editor()
  local cmd = command()
  if server(cmd) then
    clients()
    doctor(cmd)
  end
end

return M
