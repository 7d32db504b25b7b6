--- `opencode/hunks`: signs at what opencode changed, and the removed lines above it.

local config = require("opencode_lsp.config")
local rpc = require("opencode_lsp.rpc")

local M = {}

local namespace = vim.api.nvim_create_namespace("opencode_lsp.hunks")

--- Diagnostics come in bursts.
local DELAY_MS = 50

---@type table<integer, integer> the number of the newest request, by buffer
local newest = {}
--- Clients that have no such request.
---@type table<integer, boolean>
local unsupported = {}

local function highlights()
  local targets = { Added = "Added", Changed = "Changed", Removed = "Removed", RemovedLine = "DiffDelete" }
  for name, target in pairs(targets) do
    vim.api.nvim_set_hl(0, "Opencode" .. name, { link = target, default = true })
  end
end

---@param bufnr integer
function M.clear(bufnr)
  newest[bufnr] = (newest[bufnr] or 0) + 1
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

--- The lines of a range, half open; whole lines end at the start of the next one.
local function lines_of(range)
  local first, last = range.start.line, range["end"].line
  if range["end"].character > 0 then
    last = last + 1
  end
  return first, math.max(first, last)
end

local function sign(bufnr, line, text, highlight)
  vim.api.nvim_buf_set_extmark(bufnr, namespace, line, 0, { sign_text = text, sign_hl_group = highlight, priority = 6 })
end

--- Lines above the first one of a window that shows it are only seen when it is told to show them.
local function show_above_first(bufnr, count)
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    vim.api.nvim_win_call(window, function()
      local view = vim.fn.winsaveview()
      if view.topline == 1 and view.topfill == 0 then
        vim.fn.winrestview({ topfill = count })
      end
    end)
  end
end

local function show_removed(bufnr, line, removed, count)
  local lines = {}
  for _, text in ipairs(removed) do
    -- A text from elsewhere: control characters are shown by Neovim as ^X, tabs are not expanded.
    local shown = text:gsub("\t", (" "):rep(vim.bo[bufnr].tabstop))
    table.insert(lines, { { shown == "" and " " or shown, "OpencodeRemovedLine" } })
  end
  local is_end = line >= count
  vim.api.nvim_buf_set_extmark(bufnr, namespace, is_end and count - 1 or line, 0, {
    virt_lines = lines,
    virt_lines_above = not is_end,
  })
  if line == 0 and not is_end then
    show_above_first(bufnr, #lines)
  end
end

local function show(bufnr, hunks)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  highlights()
  local count = vim.api.nvim_buf_line_count(bufnr)
  for _, hunk in ipairs(hunks) do
    local first, last = lines_of(hunk.range)
    local removed = hunk.removed or {}
    for line = first, math.min(last, count) - 1 do
      local is_changed = #removed > 0
      sign(bufnr, line, "┃", is_changed and "OpencodeChanged" or "OpencodeAdded")
    end
    if first == last then
      sign(bufnr, math.min(first, count - 1), first < count and "▔" or "▁", "OpencodeRemoved")
    end
    if #removed > 0 then
      show_removed(bufnr, first, removed, count)
    end
  end
end

local function request(bufnr, number)
  local client = rpc.attached(bufnr)
  if not client or unsupported[client.id] then
    return
  end
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  rpc.request(client, "opencode/hunks", params, function(error, hunks)
    if rpc.is_unknown(error) then
      unsupported[client.id] = true
    elseif not error and newest[bufnr] == number and vim.api.nvim_buf_is_loaded(bufnr) then
      show(bufnr, hunks or {})
    end
  end, bufnr)
end

--- Shows what is changed now, or nothing where nothing is.
---@param bufnr integer
---@param diagnostics vim.Diagnostic[] opencode's changes
function M.refresh(bufnr, diagnostics)
  if not config.ui.hunks or #diagnostics == 0 or not vim.api.nvim_buf_is_loaded(bufnr) then
    M.clear(bufnr)
    return
  end
  local number = (newest[bufnr] or 0) + 1
  newest[bufnr] = number
  vim.defer_fn(function()
    if newest[bufnr] == number and vim.api.nvim_buf_is_loaded(bufnr) then
      request(bufnr, number)
    end
  end, DELAY_MS)
end

--- Switches the signs and removed lines of all buffers on or off.
function M.toggle()
  config.ui.hunks = not config.ui.hunks
  for _, client in ipairs(vim.lsp.get_clients({ name = "opencode" })) do
    for bufnr in pairs(client.attached_buffers) do
      M.refresh(bufnr, require("opencode_lsp.changes").of(bufnr))
    end
  end
end

return M
