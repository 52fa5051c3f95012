-- How the file of each buffer stands, as the server tells it.
local M = {}

-- What stands in place of a count, by the cause that the server names.
local WORDS = {
  ['no-go'] = 'no usable Go',
  ['outside-module'] = 'outside a module',
  ['does-not-build'] = 'does not build',
  ['not-built'] = 'not built',
  ['not-yet'] = 'not looked at',
  ['settings'] = 'wrong setting',
  ['other'] = 'failed',
}

local ACTIONS = {
  ['no-go'] = "set goPath, see :help golsp_mem-go; :checkhealth golsp_mem tells what was tried",
  ['does-not-build'] = 'mend it and save',
  ['not-built'] = 'set tags, goos or goarch, see :help golsp_mem-settings',
}

-- A line that does not fit makes Neovim ask for Enter: it is cut, and whole in :messages. Whatever
-- else shows notifications has room.
local function say(text)
  text = text:gsub('%s+', ' ')
  local shown = debug.getinfo(vim.notify, 'S').source
  if vim.fn.strdisplaywidth(text) <= vim.v.echospace or not shown:find('vim/_editor', 1, true) then
    return vim.notify(text, vim.log.levels.WARN)
  end
  local before = vim.o.messagesopt
  vim.o.messagesopt = before:gsub('hit%-enter', 'wait:0')
  vim.api.nvim_echo({ { text, 'WarningMsg' } }, true, {})
  vim.cmd.redraw()
  vim.o.messagesopt = before
  local rest = '… (:messages)'
  local room = math.max(vim.v.echospace - vim.fn.strdisplaywidth(rest), 0)
  local cut = vim.fn.strcharpart(text, 0, room)
  vim.api.nvim_echo({ { cut .. rest, 'WarningMsg' } }, false, {})
end

-- Told once a cause and directory: a save must not bring the same message again.
local told = {}

local function tell(status)
  local key = vim.fs.dirname(status.uri) .. ' ' .. status.cause
  if told[key] then
    return
  end
  told[key] = true
  local action = ACTIONS[status.cause]
  -- Go's text may already say what to do.
  local help = action and not (status.message or ''):find(action, 1, true) and ' (' .. action .. ')'
  local words = WORDS[status.cause] or 'failed'
  -- The reason may have the same words: `p does not build: …`.
  local reason = status.message or 'no reason given'
  local text = reason:find(words, 1, true) and reason or ('%s: %s'):format(words, reason)
  say(('golsp-mem: %s%s'):format(text, help or ''))
end

--- Takes a `golsp-mem/status` of the server.
function M.receive(status, _)
  M.started()
  -- Not uri_to_bufnr: that would make a buffer of a file that was just closed.
  local buffer = vim.fn.bufnr(vim.uri_to_fname(status.uri))
  if buffer < 0 then
    return
  end
  vim.b[buffer].golsp_mem = {
    state = status.state,
    findings = status.findings ~= vim.NIL and status.findings or nil,
    cause = status.cause ~= vim.NIL and status.cause or nil,
    message = status.message ~= vim.NIL and status.message or nil,
    uncompiled = status.uncompiled,
  }
  local cause = vim.b[buffer].golsp_mem.cause
  -- What was not saved, or not asked for, is no news to whoever did not.
  -- Of a text that is being typed it is no news that it does not build.
  local saved = status.state == 'stale' and not vim.bo[buffer].modified
  if cause and cause ~= 'not-yet' and (saved or status.state == 'failed') then
    tell({ uri = status.uri, cause = cause, message = vim.b[buffer].golsp_mem.message })
  elseif status.state == 'idle' then
    for key in pairs(told) do
      if vim.startswith(key, vim.fs.dirname(status.uri) .. ' ') then
        told[key] = nil
      end
    end
  end
  if status.state ~= 'building' then
    require('golsp_mem.gutter').refresh(buffer)
  end
  vim.cmd.redrawstatus({ bang = true })
end

-- A server that was started and has not answered yet; `said` once the command line tells so.
local waiting
local SOON_MS = 1000

--- The server was started: on a cold disk that takes seconds, which nobody should have to guess.
function M.starting()
  local mine = {}
  waiting = mine
  vim.defer_fn(function()
    if waiting == mine then
      mine.said = true
      vim.api.nvim_echo({ { 'golsp-mem: starting' } }, false, {})
    end
  end, SOON_MS)
end

--- It said something, or is gone.
function M.started()
  local was = waiting
  if not was then
    return
  end
  waiting = nil
  -- on_exit is called where nothing may be drawn.
  vim.schedule(function()
    if was.said then
      vim.api.nvim_echo({ { '' } }, false, {})
    end
    vim.cmd.redrawstatus({ bang = true })
  end)
end

--- It is gone. Neovim tells the number of a failure; what to do is told once, of one that never
--- answered: who ends a server needs no help.
---@param code integer
function M.ended(code)
  local answered = waiting == nil
  M.started()
  if code ~= 0 and not answered and not told.ended then
    told.ended = true
    vim.schedule(function()
      vim.notify(
        'golsp-mem: the server did not go on; :checkhealth golsp_mem tells why',
        vim.log.levels.WARN
      )
    end)
  end
end

-- What the go command is compiling for the first time, as `12 of 48`; nil where it is not.
local compiling

--- Takes the value of a `$/progress` of the server: says on the command line what takes so long.
function M.progress(value)
  local counts = value.kind ~= 'end' and (value.message or ''):match('^compiling (.*) packages, once$')
  if counts then
    vim.api.nvim_echo({ { 'golsp-mem: ' .. value.message } }, false, {})
  elseif compiling then
    vim.api.nvim_echo({ { '' } }, false, {})
  end
  local changed = counts ~= compiling
  compiling = counts or nil
  if changed then
    vim.cmd.redrawstatus({ bang = true })
  end
end

--- For a statusline: `mem starting …`, then `mem 3`; while it builds `mem …`, or `mem compiling 12 of 48` for the first
--- time; `mem does not build`; `mem 3, 2 generic not looked at` where nothing instantiates them; empty elsewhere.
---@param buffer? integer
---@return string
function M.text(buffer)
  local status = vim.b[buffer or 0].golsp_mem
  if not status then
    return waiting and vim.bo[buffer or 0].filetype == 'go' and 'mem starting …' or ''
  end
  if status.state == 'failed' then
    return 'mem ' .. (WORDS[status.cause] or 'failed')
  end
  local count = status.findings and tostring(status.findings) or ''
  if status.state == 'building' then
    if compiling then
      return 'mem compiling ' .. compiling
    end
    return vim.trim('mem ' .. count) .. ' …'
  end
  if (status.uncompiled or 0) > 0 then
    count = count .. ', ' .. status.uncompiled .. ' generic not looked at'
  end
  return 'mem ' .. count .. (status.state == 'stale' and ' (before the last change)' or '')
end

return M
