--- `opencode/status`: what there is to know at a glance.

local rpc = require("opencode_lsp.rpc")

local M = {}

---@type table<integer, table> the newest, by client
local newest = {}

function M.changed()
  vim.api.nvim_exec_autocmds("User", { pattern = "OpencodeStatus", modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

---@param context { client_id: integer }
function M.handle(_, params, context)
  newest[context.client_id] = params
  require("opencode_lsp.dialogs").pending_is(context.client_id, params.pending or 0)
  if require("opencode_lsp.config").ui.reload then
    require("opencode_lsp.reload").look_soon(context.client_id)
  end
  M.changed()
end

---@param client_id integer
function M.forget(client_id)
  newest[client_id] = nil
  M.changed()
end

--- The folder that the current buffer is in, else the first.
local function folder_here(folders)
  local name = vim.uri_from_bufnr(0)
  local best
  for _, folder in ipairs(folders or {}) do
    local inside = name == folder.uri or vim.startswith(name, (folder.uri:gsub("/?$", "/")))
    if inside and (not best or #folder.uri > #best.uri) then
      best = folder
    end
  end
  return best or (folders or {})[1]
end

--- What a server without `opencode/status` lets one know.
local function counted(client)
  local hunks = 0
  for _, diagnostic in ipairs(vim.diagnostic.get(nil)) do
    if diagnostic.source == "opencode" and diagnostic.code ~= "permission" then
      hunks = hunks + 1
    end
  end
  return { pending = require("opencode_lsp.dialogs").pending(client.id), hunks = hunks }
end

local function number(count, one, many)
  return count > 0 and ("%d %s"):format(count, count == 1 and one or many) or nil
end

--- The newest status of the client at hand, as docs/protocol.md has it; nil from an older server.
---@return table?
function M.get()
  local client = rpc.client()
  return client and newest[client.id]
end

---@return string
function M.text()
  local client = rpc.client()
  if not client then
    return ""
  end
  local status = newest[client.id] or counted(client)
  local parts = {}
  local folder = folder_here(status.folders)
  if folder and folder.connection ~= "connected" then
    local words = { choosing = "choose a server", lost = "connection lost", failed = "not connected" }
    table.insert(parts, words[folder.connection] or folder.connection)
  elseif folder and folder.busy then
    table.insert(parts, "working")
  end
  vim.list_extend(parts, { number(status.pending or 0, "permission", "permissions") })
  vim.list_extend(parts, { number(status.hunks or 0, "change", "changes") })
  if #parts == 0 then
    return "opencode"
  end
  -- In a status line, % begins an item; none of this holds one.
  return "opencode: " .. table.concat(parts, ", ")
end

return M
