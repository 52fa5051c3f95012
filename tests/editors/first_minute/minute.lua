-- Opens a file and writes what a person could see, with the seconds since, to $PROBE_OUT: the
-- command line, messages, the statusline; and what any statusline could show of the server's
-- progress. init.lua has set the plugin up as its README says. Works with any release of the plugin.
local seen = { shown = {}, progress = {} }
local began = vim.uv.hrtime()

local function note(list, text)
  if text ~= '' and (not list[#list] or list[#list][2] ~= text) then
    table.insert(list, { (vim.uv.hrtime() - began) / 1e9, text })
  end
end

local echo, notify = vim.api.nvim_echo, vim.notify
vim.api.nvim_echo = function(chunks, ...)
  note(seen.shown, chunks[1][1])
  return echo(chunks, ...)
end
vim.notify = function(text, ...)
  note(seen.shown, text)
  return notify(text, ...)
end
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local value = event.data.params.value
    note(seen.progress, value.message or value.title or '')
  end,
})

vim.cmd.edit(vim.env.PROBE_FILE)
local found = vim.wait(tonumber(vim.env.PROBE_MS), function()
  local ok, status = pcall(function()
    return require('golsp_mem').status()
  end)
  if ok then
    note(seen.shown, 'statusline: ' .. status)
  end
  return #vim.diagnostic.get(0) > 0
end, 20)
seen.first = found and (vim.uv.hrtime() - began) / 1e9 or nil
local file = assert(io.open(vim.env.PROBE_OUT, 'w'))
file:write(vim.json.encode(seen))
file:close()
vim.cmd('qall!')
