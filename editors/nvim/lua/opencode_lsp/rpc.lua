--- Talking to the language server: which client, requests, commands, answers that come later.

local say = require("opencode_lsp.say")

local M = {}

local METHOD_NOT_FOUND = -32601

--- Client methods took no `self` before 0.11.
local has_self = vim.fn.has("nvim-0.11") == 1

--- The client of a buffer, else the one where the user came from, else any.
---@param bufnr? integer
---@return vim.lsp.Client?
function M.client(bufnr)
  for _, buffer in ipairs({ bufnr or vim.api.nvim_get_current_buf(), vim.fn.bufnr("#") }) do
    local client = buffer > 0 and vim.lsp.get_clients({ name = "opencode", bufnr = buffer })[1]
    if client then
      return client
    end
  end
  return vim.lsp.get_clients({ name = "opencode" })[1]
end

--- The client that is attached to this buffer.
---@param bufnr integer
---@return vim.lsp.Client?
function M.attached(bufnr)
  return vim.lsp.get_clients({ name = "opencode", bufnr = bufnr })[1]
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param handler fun(error: lsp.ResponseError?, result: any)
---@param bufnr? integer
function M.request(client, method, params, handler, bufnr)
  local function answered(error, result)
    handler(error, result)
  end
  bufnr = bufnr or vim.api.nvim_get_current_buf()
  if has_self then
    client:request(method, params, answered, bufnr)
  else
    client.request(method, params, answered, bufnr)
  end
end

--- Whether the server is older than this request.
---@param error lsp.ResponseError?
---@return boolean
function M.is_unknown(error)
  return error ~= nil and error.code == METHOD_NOT_FOUND
end

---@type table<string, integer> when the user last ran a command here
local ran = {}

--- Whether what comes now was most likely asked for.
---@param command string
---@return boolean
function M.ran_lately(command)
  return ran[command] ~= nil and vim.uv.now() - ran[command] < 30000
end

--- Runs a workspace command; a refusal is shown.
---@param command string such as "opencode.ask"
---@param argument? table
---@param done? fun(result: any)
---@param client? vim.lsp.Client
function M.execute(command, argument, done, client)
  client = client or M.client()
  if not client then
    say.warn("opencode-lsp is not running here", ":Opencode start, or :checkhealth opencode_lsp")
    return
  end
  local known = vim.tbl_get(client.server_capabilities, "executeCommandProvider", "commands") or {}
  if not vim.list_contains(known, command) then
    say.warn(("this opencode-lsp has no command %s; a newer one may"):format(command))
    return
  end
  ran[command] = vim.uv.now()
  local params = { command = command, arguments = argument and { argument } or nil }
  M.request(client, "workspace/executeCommand", params, function(error, result)
    if error then
      say.error(error.message)
    elseif done then
      done(result)
    end
  end)
end

--- Waits, in the handler of a server's request, until `start` calls back. Handlers run in a
--- coroutine of their own, so that only the response is late.
---@param start fun(done: fun(value: any))
---@return any
function M.await(start)
  local thread, is_main = coroutine.running()
  assert(thread and not is_main, "a request's handler runs in a coroutine")
  local finished = false
  start(function(value)
    if finished then
      return
    end
    finished = true
    -- Pickers may call back before the coroutine waits.
    vim.schedule(function()
      coroutine.resume(thread, value)
    end)
  end)
  return coroutine.yield()
end

return M
