--- Loads what opencode wrote to the disk. Text that is not saved is never touched.

local M = {}

--- Whether the server says that the file differs from what the editor has.
local function is_stale(diagnostics)
  for _, diagnostic in ipairs(diagnostics) do
    if diagnostic.message:find("on disk; reload", 1, true) then
      return true
    end
  end
  return false
end

---@param bufnr integer
---@param diagnostics vim.Diagnostic[]
function M.look(bufnr, diagnostics)
  if not vim.api.nvim_buf_is_loaded(bufnr) or vim.bo[bufnr].modified or vim.bo[bufnr].buftype ~= "" then
    return
  end
  if not is_stale(diagnostics) then
    return
  end
  vim.api.nvim_buf_call(bufnr, function()
    -- With 'noautoread', `:checktime` would ask, and the next key would be the answer.
    local is_set = vim.o.autoread
    if not is_set then
      vim.cmd("setlocal autoread")
    end
    pcall(vim.cmd, "silent! checktime " .. bufnr)
    if not is_set then
      vim.cmd(vim.go.autoread and "setlocal noautoread" or "setlocal autoread<")
    end
  end)
end

return M
