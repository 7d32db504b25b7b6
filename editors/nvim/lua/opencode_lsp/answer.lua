--- `opencode/answer`: the answer as it comes, in a window beside the code.

local config = require("opencode_lsp.config")
local rpc = require("opencode_lsp.rpc")
local scratch = require("opencode_lsp.scratch")

local M = {}

local NAME = "opencode://answer"
--- Turns whose texts are kept.
local KEPT = 10

---@class opencode_lsp.Turn
---@field key string
---@field question string
---@field text string
---@field done boolean

---@type opencode_lsp.Turn[] oldest first; the window shows the last
local turns = {}

local function shown()
  local bufnr = vim.iter(vim.api.nvim_list_bufs()):find(function(other)
    return vim.api.nvim_buf_get_name(other) == NAME
  end)
  return bufnr
end

local function turn_of(key, params)
  for _, turn in ipairs(turns) do
    if turn.key == key then
      return turn
    end
  end
  local turn = { key = key, question = params.question or "", text = "", done = false }
  table.insert(turns, turn)
  if #turns > KEPT then
    table.remove(turns, 1)
  end
  return turn, true
end

local function lines_of(turn)
  if not turn then
    return { "Nothing was asked yet." }
  end
  local lines = {}
  for _, line in ipairs(vim.split(turn.question, "\n", { plain = true })) do
    table.insert(lines, "> " .. line)
  end
  table.insert(lines, "")
  return vim.list_extend(lines, vim.split(turn.text, "\n", { plain = true }))
end

--- The windows that show the end: they go on showing it.
local function followers(bufnr)
  local last = vim.api.nvim_buf_line_count(bufnr)
  return vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_cursor(window)[1] == last
  end, vim.fn.win_findbuf(bufnr))
end

local function follow(windows, bufnr)
  for _, window in ipairs(windows) do
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(bufnr), 0 })
  end
end

local function append(bufnr, text)
  local last = vim.api.nvim_buf_line_count(bufnr)
  local line = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1] or ""
  scratch.set(bufnr, last - 1, last, vim.split(line .. text, "\n", { plain = true }))
end

---@param params table as docs/protocol.md has it
---@param context { client_id: integer }
function M.handle(_, params, context)
  local key = ("%d %s %s %s"):format(context.client_id, params.folder, params.session, params.turn)
  local turn, is_new = turn_of(key, params)
  turn.text = params.whole and params.text or turn.text .. params.text
  turn.done = params.done
  local bufnr = shown()
  if not bufnr or turn ~= turns[#turns] then
    return
  end
  local windows = followers(bufnr)
  if is_new or params.whole then
    scratch.set(bufnr, 0, -1, lines_of(turn))
  else
    append(bufnr, params.text)
  end
  follow(windows, bufnr)
end

--- Opens the window of the newest answer, without leaving this one.
function M.open()
  local bufnr = shown()
  if bufnr and #vim.fn.win_findbuf(bufnr) > 0 then
    return
  end
  local client = rpc.client()
  if client and #turns == 0 and not require("opencode_lsp.status").get() then
    -- An older server sends no pieces: its transcript grows by itself.
    rpc.execute("opencode.answer.show")
    return
  end
  local window = vim.api.nvim_get_current_win()
  vim.cmd(config.ui.answer)
  bufnr = scratch.buffer(NAME, lines_of(turns[#turns]))
  vim.api.nvim_win_set_buf(0, bufnr)
  vim.bo[bufnr].syntax = "markdown"
  vim.wo[0][0].wrap = true
  vim.wo[0][0].linebreak = true
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(bufnr), 0 })
  vim.api.nvim_set_current_win(window)
end

return M
