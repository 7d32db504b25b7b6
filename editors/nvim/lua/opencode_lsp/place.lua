--- Where the user is, as the server's commands take it.

local rpc = require("opencode_lsp.rpc")
local say = require("opencode_lsp.say")

local M = {}

--- What was selected by characters, where the range of a command is just that selection:
--- bytes, the end exclusive.
local function selected_columns(bufnr, first, last)
  local from = vim.api.nvim_buf_get_mark(bufnr, "<")
  local to = vim.api.nvim_buf_get_mark(bufnr, ">")
  if vim.fn.visualmode() ~= "v" or from[1] ~= first or to[1] ~= last then
    return 0, math.huge
  end
  local line = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1] or ""
  local stop = to[2]
  if vim.o.selection ~= "exclusive" and stop < #line then
    stop = stop + 1 + vim.str_utf_end(line, stop + 1)
  end
  return from[2], stop
end

local function position(bufnr, line, column, encoding)
  local text = vim.api.nvim_buf_get_lines(bufnr, line - 1, line, false)[1] or ""
  local character = vim.lsp.util.character_offset(bufnr, line - 1, math.min(column, #text), encoding)
  return { line = line - 1, character = character }
end

--- The selection of a command's range, else the cursor. Says so where there is no file to speak of.
---@param args { range: integer, line1: integer, line2: integer }
---@return { uri: string, range: lsp.Range }?
function M.of(args)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = rpc.attached(bufnr)
  if not client then
    local name = vim.api.nvim_buf_get_name(bufnr)
    local why = "opencode-lsp is not attached to this buffer"
    if name == "" then
      why = "this buffer has no file name yet; write it first"
    elseif name:find("^%a[%w+.-]+://") then
      why = "this buffer is not a file on this machine"
    end
    say.warn(why, "see :checkhealth opencode_lsp")
    return
  end
  local range
  if args.range > 0 then
    local from, to = selected_columns(bufnr, args.line1, args.line2)
    range = {
      start = position(bufnr, args.line1, from, client.offset_encoding),
      ["end"] = position(bufnr, args.line2, to, client.offset_encoding),
    }
  else
    local cursor = vim.api.nvim_win_get_cursor(0)
    local here = position(bufnr, cursor[1], cursor[2], client.offset_encoding)
    range = { start = here, ["end"] = here }
  end
  return { uri = vim.uri_from_bufnr(bufnr), range = range }
end

return M
