--- Buffers that hold what is no file.

local M = {}

---@param name string such as "opencode://answer"
---@param lines string[]
---@return integer bufnr
function M.buffer(name, lines)
  local bufnr = vim.iter(vim.api.nvim_list_bufs()):find(function(other)
    return vim.api.nvim_buf_get_name(other) == name
  end)
  if not bufnr then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
  end
  vim.bo[bufnr].bufhidden = "wipe"
  M.set(bufnr, 0, -1, lines)
  return bufnr
end

--- Replaces lines of a buffer that the user cannot change.
---@param bufnr integer
---@param first integer
---@param last integer
---@param lines string[]
function M.set(bufnr, first, last, lines)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, first, last, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
end

return M
