--- `opencode/baseline`: the text before, beside the buffer, in Neovim's own diff mode.

local rpc = require("opencode_lsp.rpc")
local say = require("opencode_lsp.say")
local scratch = require("opencode_lsp.scratch")

local M = {}

--- As Neovim would have read it from a file.
local function lines_of(text, bufnr)
  local lines = vim.split(text:gsub("^\239\187\191", ""), "\n", { plain = true })
  if lines[#lines] == "" and #lines > 1 then
    table.remove(lines)
  end
  if vim.bo[bufnr].fileformat == "dos" then
    for index, line in ipairs(lines) do
      lines[index] = line:gsub("\r$", "")
    end
  end
  return lines
end

local function name_for(bufnr)
  return "opencode://before/" .. vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ":t") .. "#" .. bufnr
end

local function open(bufnr, text)
  local window = vim.fn.bufwinid(bufnr)
  if window == -1 then
    return
  end
  local before = scratch.buffer(name_for(bufnr), lines_of(text, bufnr))
  -- Not `filetype`: nothing but its colours is wanted.
  vim.bo[before].syntax = vim.bo[bufnr].filetype
  vim.api.nvim_win_call(window, function()
    vim.cmd("diffthis")
    vim.cmd(("leftabove vertical sbuffer %d"):format(before))
    vim.cmd("diffthis")
  end)
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = before,
    once = true,
    callback = function()
      if vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_call(window, function()
          vim.cmd("diffoff")
        end)
      end
    end,
  })
end

--- Closes the diff of this buffer, or the one that this buffer is the other side of.
local function close(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  local is_before = vim.startswith(name, "opencode://before/")
  local wanted = is_before and name or name_for(bufnr)
  for _, other in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(other) == wanted then
      vim.api.nvim_buf_delete(other, { force = true })
      return true
    end
  end
  return false
end

--- Opens the diff of the current buffer, or closes it.
function M.toggle()
  local bufnr = vim.api.nvim_get_current_buf()
  if close(bufnr) then
    return
  end
  local client = rpc.attached(bufnr)
  if not client then
    rpc.execute("opencode.diff.show")
    return
  end
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  rpc.request(client, "opencode/baseline", params, function(error, result)
    if error and not rpc.is_unknown(error) then
      say.error(error.message)
    elseif error then
      rpc.execute("opencode.diff.show", params.textDocument)
    elseif not result then
      say.info("opencode has changed nothing in this file, or the text before is not known")
    else
      open(bufnr, result.text or "")
    end
  end, bufnr)
end

return M
