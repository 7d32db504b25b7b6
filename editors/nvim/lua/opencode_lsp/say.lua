--- Messages to the user. None of them makes Neovim wait for a key.

local M = {}

--- The newest messages, whole: on the command line they may be cut.
---@type string[]
M.history = {}
local KEPT = 100

--- Neovim's own `vim.notify` waits for Enter when a text does not fit the command line.
local function is_builtin_notify()
  -- What is compiled into Neovim names no file in 0.12.
  local source = debug.getinfo(vim.notify, "S").source
  return source:sub(1, 1) ~= "@" or source:find("vim/_", 1, true) ~= nil
end

--- One line, at most this wide.
---@param text string
---@param width integer in cells
---@return string
function M.fitted(text, width)
  text = text:gsub("%s*\n%s*", " ")
  if vim.fn.strdisplaywidth(text) <= width then
    return text
  end
  local low, high = 0, vim.fn.strcharlen(text)
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if vim.fn.strdisplaywidth(vim.fn.strcharpart(text, 0, middle)) < width then
      low = middle
    else
      high = middle - 1
    end
  end
  return vim.fn.strcharpart(text, 0, low) .. "…"
end

local highlights = { [vim.log.levels.WARN] = "WarningMsg", [vim.log.levels.ERROR] = "ErrorMsg" }

---@param text string
---@param level integer of `vim.log.levels`
---@param hint? string what to do about it: never cut off
local function notify(text, level, hint)
  table.insert(M.history, os.date("%H:%M:%S ") .. text)
  if #M.history > KEPT then
    table.remove(M.history, 1)
  end
  local function tail()
    return hint and (" (%s)"):format(hint) or ""
  end
  if not is_builtin_notify() then
    vim.notify(text .. tail(), level, { title = "opencode" })
    return
  end
  if vim.fn.strdisplaywidth(text .. tail()) > vim.v.echospace or text:find("\n") then
    hint = hint or "whole by :Opencode messages"
  end
  local width = math.max(vim.v.echospace - vim.fn.strdisplaywidth(tail()), 10)
  -- A message below another one that is not drawn yet would wait as well.
  vim.cmd.redraw()
  vim.api.nvim_echo({ { M.fitted(text, width) .. tail(), highlights[level] } }, true, {})
end

---@param text string
---@param hint? string
function M.info(text, hint)
  notify(text, vim.log.levels.INFO, hint)
end

---@param text string
---@param hint? string
function M.warn(text, hint)
  notify(text, vim.log.levels.WARN, hint)
end

local said = {}

---@param text string
function M.warn_once(text)
  if not said[text] then
    said[text] = true
    M.warn(text)
  end
end

---@param text string
---@param hint? string
function M.error(text, hint)
  notify(text, vim.log.levels.ERROR, hint)
end

return M
