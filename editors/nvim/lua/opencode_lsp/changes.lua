--- opencode's diagnostics, and the verdicts on those that the user points at.

local rpc = require("opencode_lsp.rpc")
local say = require("opencode_lsp.say")

local M = {}

--- opencode's changes, of a buffer or of all.
---@param bufnr? integer
---@return vim.Diagnostic[]
function M.of(bufnr)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == "opencode" and diagnostic.code ~= "permission"
  end, vim.diagnostic.get(bufnr))
end

--- The identities of the changes on these lines, 1-based.
local function ids_on(bufnr, first, last)
  local ids = {}
  for _, diagnostic in ipairs(M.of(bufnr)) do
    local stop = diagnostic.end_lnum or diagnostic.lnum
    -- A range of whole lines ends at the start of the next one.
    if (diagnostic.end_col or 1) == 0 and stop > diagnostic.lnum then
      stop = stop - 1
    end
    local id = vim.tbl_get(diagnostic, "user_data", "lsp", "data", "id")
    if id and diagnostic.lnum < last and stop >= first - 1 then
      ids[id] = true
    end
  end
  return vim.tbl_keys(ids)
end

--- `keep`, `undo` or `redo` of the changes on the lines of the command, of the file, or of all.
---@param verdict "keep"|"undo"|"redo"
---@param args { range: integer, line1: integer, line2: integer }
---@param what? string "file" or "all"
function M.judge(verdict, args, what)
  local command = "opencode.review." .. verdict
  local uri = vim.uri_from_bufnr(0)
  if what == "all" then
    rpc.execute(command)
  elseif what == "file" then
    rpc.execute(command, { uri = uri })
  elseif what then
    say.warn(("`%s`: nothing, `file` or `all`"):format(what))
  else
    local cursor = vim.api.nvim_win_get_cursor(0)[1]
    local is_range = args.range > 0
    local ids = ids_on(0, is_range and args.line1 or cursor, is_range and args.line2 or cursor)
    if #ids == 0 then
      local hint = ("`:Opencode review %s file` is for the whole file"):format(verdict)
      say.info("opencode has changed nothing here", hint)
    end
    for _, id in ipairs(ids) do
      rpc.execute(command, { uri = uri, id = id })
    end
  end
end

--- All changes of all files, as a quickfix list.
function M.list()
  local changes = M.of()
  if #changes == 0 then
    say.info("there are no changes of opencode's to review")
    return
  end
  local items = vim.diagnostic.toqflist(changes)
  vim.fn.setqflist({}, " ", { title = "opencode: changes", items = items })
  vim.cmd("botright copen")
end

return M
