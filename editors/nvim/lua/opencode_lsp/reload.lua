--- Loads what opencode wrote to the disk. Text that is not saved is never touched.

local M = {}

--- Whether the server says that the buffer is to be reloaded.
local function is_stale(diagnostics)
  for _, diagnostic in ipairs(diagnostics) do
    if diagnostic.message:find("on disk; reload", 1, true) then
      return true
    end
  end
  return false
end

local function is_untouched(bufnr)
  return vim.api.nvim_buf_is_loaded(bufnr) and not vim.bo[bufnr].modified and vim.bo[bufnr].buftype == ""
end

--- Looks at the file of a buffer.
---@param bufnr integer
---@param changes vim.Diagnostic[] opencode's
function M.look(bufnr, changes)
  if not is_untouched(bufnr) then
    return
  end
  -- nil where the buffer has no value of its own.
  local is_set = vim.api.nvim_get_option_value("autoread", { buf = bufnr })
  if is_set == nil then
    is_set = vim.go.autoread
  end
  if is_set then
    pcall(vim.cmd, "silent! checktime " .. bufnr)
  elseif is_stale(changes) then
    -- With 'noautoread', `:checktime` would ask, and the next key would be the answer.
    vim.api.nvim_buf_call(bufnr, function()
      vim.cmd("setlocal autoread")
      pcall(vim.cmd, "silent! checktime " .. bufnr)
      vim.cmd(vim.go.autoread and "setlocal noautoread" or "setlocal autoread<")
    end)
  end
end

local is_due = false

--- Looks soon at the files of all buffers: after the undo of a turn, no diagnostic is left to say so.
---@param client_id integer
function M.look_soon(client_id)
  if is_due then
    return
  end
  is_due = true
  vim.defer_fn(function()
    is_due = false
    local client = vim.lsp.get_client_by_id(client_id)
    for bufnr in pairs(client and client.attached_buffers or {}) do
      M.look(bufnr, {})
    end
  end, 200)
end

return M
